using Microsoft.AspNetCore.Http.Metadata;

namespace CleanMessaging.WebApi.Requests;

/// <summary>
/// Marks an endpoint whose body is bytes and not JSON. The endpoint itself limits the size, because it keeps what has arrived when a
/// connection breaks off.
/// </summary>
internal sealed class ByteBody : IRequestSizeLimitMetadata
{
    public const string MediaType = "application/offset+octet-stream";

    public long? MaxRequestBodySize => null;
}
