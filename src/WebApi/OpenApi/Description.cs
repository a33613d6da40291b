using CleanMessaging.WebApi.Limits;
using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Serves the OpenAPI document and Swagger UI, without authentication: always in Development, otherwise only if configured.
/// </summary>
internal static class Description
{
    /// <summary>The path of the document, relative to the page, so that it works under any base path.</summary>
    private const string DocumentPath = "../openapi/v1.json";

    public static IServiceCollection AddDescription(this IServiceCollection services, IConfiguration settings)
    {
        services.AddOptions<DescriptionOptions>().Bind(settings.GetSection(DescriptionOptions.Section));
        services.AddOpenApi(options =>
        {
            options.AddSchemaTransformer<SchemaDescription>();
            options.AddOperationTransformer<OperationDescription>();
            options.AddDocumentTransformer<DocumentDescription>();
        });

        return services;
    }

    public static void MapDescription(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment() && !app.Services.GetRequiredService<IOptions<DescriptionOptions>>().Value.Enabled)
            return;

        app.MapOpenApi().AnswersLargely();
        app.UseSwaggerUI(options =>
        {
            options.DocumentTitle = DocumentDescription.Title;
            options.SwaggerEndpoint(DocumentPath, DocumentDescription.Title);
            options.EnableDeepLinking();
            options.EnablePersistAuthorization();
            options.EnableTryItOutByDefault();
            options.DisplayOperationId();
            options.DisplayRequestDuration();
            options.DocExpansion(DocExpansion.List);
            options.DefaultModelsExpandDepth(0);
            options.DefaultModelExpandDepth(3);
        });
    }
}
