using CleanMessaging.WebApi.Limits;
using Microsoft.Extensions.Options;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Serves the OpenAPI document and Swagger UI, without authentication: always in Development, otherwise only if configured.
/// </summary>
internal static class OpenApiRegistration
{
    /// <summary>The path of the document, relative to the page, so that it works under any base path.</summary>
    private const string DocumentPath = "../openapi/v1.json";

    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services, IConfiguration settings)
    {
        services.AddOptions<OpenApiDocumentOptions>().Bind(settings.GetSection(OpenApiDocumentOptions.Section));
        services.AddOpenApi(options =>
        {
            options.AddSchemaTransformer<SchemaTransformer>();
            options.AddOperationTransformer<OperationTransformer>();
            options.AddDocumentTransformer<DocumentTransformer>();
        });

        return services;
    }

    public static void MapOpenApiDocument(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment() && !app.Services.GetRequiredService<IOptions<OpenApiDocumentOptions>>().Value.Enabled)
            return;

        app.MapOpenApi().WithBufferedResponse();
        app.UseSwaggerUI(options =>
        {
            options.DocumentTitle = DocumentTransformer.Title;
            options.SwaggerEndpoint(DocumentPath, DocumentTransformer.Title);
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
