using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Postgres;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>The consequences of a failed attempt of a unit of work for the next attempt.</summary>
/// <param name="IsRolledBack">
/// Whether it is certain that nothing was committed, even if the commit had begun. After any other failure during a commit, the outcome is
/// unknown.
/// </param>
/// <param name="IsOfBatch">Whether the failure hit a whole batch of sends; its cause may be another send of the batch.</param>
internal sealed record AttemptFailure(PostgresFailureKind Kind, bool IsRolledBack, bool IsOfBatch, Exception Cause)
{
    /// <summary>
    /// Classifies an exception. Returns null when the attempt must not be repeated for it: a rule rejected the request, the caller
    /// canceled, an operation within it has already used up its own attempts, or the code has a defect.
    /// </summary>
    public static AttemptFailure? Of(Exception exception, CancellationToken cancellationToken)
    {
        var isCanceledByCaller = exception is OperationCanceledException && cancellationToken.IsCancellationRequested;
        if (exception is DomainException or StorageUnavailableException || isCanceledByCaller)
            return null;

        var kind = exception is OperationCanceledException ? PostgresFailureKind.TooSlow : PostgresFailure.Classify(exception);
        var isRolledBackBatch = exception is SendBatchFailedException { IsRolledBack: true };
        if (kind == PostgresFailureKind.None && !isRolledBackBatch)
            return null;

        return new AttemptFailure(
            kind,
            IsRolledBack: kind == PostgresFailureKind.Contention || isRolledBackBatch,
            IsOfBatch: exception is SendBatchFailedException,
            exception);
    }
}
