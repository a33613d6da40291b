namespace CleanMessaging.Application.Pipeline;

/// <summary>A request that changes state.</summary>
public interface IWriteRequest
{
    /// <summary>
    /// Whether the request can run again without a second effect, because it finds the committed result of the first run. When the outcome
    /// of a commit is unknown, only idempotent requests are retried.
    /// </summary>
    bool IsIdempotent { get; }
}
