namespace CleanMessaging.WebApi.Responses;

/// <summary>The headers of the upload protocol, tus 1.0.0.</summary>
internal static class UploadHeaders
{
    /// <summary>Where a part begins, or where the upload continues.</summary>
    public const string Offset = "Upload-Offset";

    /// <summary>The number of bytes of the upload.</summary>
    public const string Length = "Upload-Length";

    /// <summary>The version of the protocol.</summary>
    public const string Version = "Tus-Resumable";
}
