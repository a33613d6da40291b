namespace CleanMessaging.Infrastructure.Encryption.Kms;

/// <summary>Thrown when the KMS does not decrypt a key. The message contains no key, no token and nothing of a response.</summary>
/// <param name="isTransient">Whether a later attempt can succeed.</param>
public sealed class KmsException(string message, bool isTransient = false) : Exception(message)
{
    /// <summary>Whether a later attempt can succeed.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>Describes a response with an error status.</summary>
    /// <param name="detail">The name of the error, if it is a known one.</param>
    internal static KmsException OfStatus(int status, string? detail = null, bool isThrottled = false) => new(
        detail is null ? $"it answered with status {status}" : $"it answered with status {status} ({detail})",
        isThrottled || status is 408 or 412 or 429 or >= 500);

    /// <summary>Describes a failed request. The exception itself is not used, because it can quote the response.</summary>
    internal static KmsException Of(HttpRequestException exception) => new(
        exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "its host name was not found",
            HttpRequestError.ConnectionError => "the connection failed",
            HttpRequestError.SecureConnectionError => "TLS failed, for example because its certificate is not trusted or is for another name",
            _ => "the request failed",
        },
        isTransient: true);

    internal static KmsException OfResponseWithoutKey() => new("its response does not have a key");
}
