namespace CleanMessaging.Application.Storage;

/// <summary>Thrown when the database does not respond in time. The request itself may be valid.</summary>
/// <param name="isIdempotent">Whether a second run of the request finds the result of the first.</param>
public sealed class StorageUnavailableException(bool isOutcomeUnknown, bool isIdempotent, Exception cause)
    : Exception(isOutcomeUnknown ? "The outcome of the commit is unknown." : "The database is not available.", cause)
{
    /// <summary>Whether the request may still have taken effect.</summary>
    public bool IsOutcomeUnknown { get; } = isOutcomeUnknown;

    /// <summary>Whether the request can be retried without a second effect.</summary>
    public bool IsSafeToRetry { get; } = isIdempotent || !isOutcomeUnknown;
}
