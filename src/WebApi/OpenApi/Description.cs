namespace CleanMessaging.WebApi.OpenApi;

/// <summary>The OpenAPI document and the page to explore it.</summary>
internal static class Description
{
    public static IServiceCollection AddDescription(this IServiceCollection services)
    {
        services.AddOpenApi();

        return services;
    }

    public static void MapDescription(this WebApplication app)
    {
        app.MapOpenApi();
        app.UseSwaggerUI(options => options.SwaggerEndpoint("/openapi/v1.json", "CleanMessaging"));
    }
}
