namespace CleanMessaging.WebApi.OpenApi;

/// <summary>Options of the OpenAPI document.</summary>
internal sealed class OpenApiDocumentOptions
{
    public const string Section = "OpenApi";

    /// <summary>Whether the OpenAPI document and Swagger UI are served outside Development; false by default.</summary>
    public bool Enabled { get; set; }
}
