using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Responses;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace CleanMessaging.WebApi.OpenApi;

/// <summary>
/// Serves the OpenAPI document and Swagger UI, without authentication: always in Development, otherwise only if configured.
/// </summary>
internal static class OpenApiRegistration
{
    private const string EnabledSetting = "OpenApi:Enabled";

    private const string PagePath = "/swagger";

    /// <summary>The path of the document, relative to the page, so that it works under any base path.</summary>
    private const string DocumentPath = "../openapi/v1.json";

    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) =>
        services.AddOpenApi(options =>
        {
            options.AddSchemaTransformer<SchemaTransformer>();
            options.AddOperationTransformer<OperationTransformer>();
            options.AddDocumentTransformer<DocumentTransformer>();
        });

    public static void MapOpenApiDocument(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment() && !app.Configuration.GetValue<bool>(EnabledSetting))
            return;

        app.MapOpenApi().WithBufferedResponse();
        app.Use((httpContext, next) =>
        {
            if (httpContext.Request.Path.StartsWithSegments(PagePath))
                SecurityHeaders.ForSwagger(httpContext);

            return next(httpContext);
        });
        app.UseSwaggerUI(options =>
        {
            options.RoutePrefix = PagePath[1..];
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
