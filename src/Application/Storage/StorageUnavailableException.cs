namespace CleanMessaging.Application.Storage;

/// <summary>The database could not answer in time; nothing is known to be wrong with the request.</summary>
public sealed class StorageUnavailableException(bool outcomeUnknown, bool repeatable, Exception cause)
    : Exception(outcomeUnknown ? "The outcome of the commit is unknown." : "The database is not available.", cause)
{
    /// <summary>Whether the request may have taken effect all the same.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;

    /// <summary>Whether the same request can be made again without doing twice what it may have done.</summary>
    public bool IsIdempotent { get; } = repeatable || !outcomeUnknown;
}
