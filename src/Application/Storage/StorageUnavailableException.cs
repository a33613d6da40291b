namespace CleanMessaging.Application.Storage;

/// <summary>The database could not answer in time; nothing is known to be wrong with the request.</summary>
public sealed class StorageUnavailableException(bool outcomeUnknown, Exception cause)
    : Exception(outcomeUnknown ? "The outcome of the commit is unknown." : "The database is not available.", cause)
{
    /// <summary>Whether the request may have taken effect all the same; repeat it under the same key to find out.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}
