namespace CleanMessaging.Application.Storage;

/// <summary>Thrown when the database does not respond in time. The request itself may be valid.</summary>
public sealed class StorageUnavailableException(bool outcomeUnknown, bool repeatable, Exception cause)
    : Exception(outcomeUnknown ? "The outcome of the commit is unknown." : "The database is not available.", cause)
{
    /// <summary>Whether the request may still have taken effect.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;

    /// <summary>Whether the request can be retried without a second effect.</summary>
    public bool IsIdempotent { get; } = repeatable || !outcomeUnknown;
}
