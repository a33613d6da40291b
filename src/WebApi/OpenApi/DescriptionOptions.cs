namespace CleanMessaging.WebApi.OpenApi;

/// <summary>Who is shown the description of the API.</summary>
internal sealed class DescriptionOptions
{
    public const string Section = "OpenApi";

    /// <summary>Whether the document and the page are served outside Development; false by default.</summary>
    public bool Enabled { get; set; }
}
