using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Postgres;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>The consequences of a failed attempt of a unit of work for the next attempt.</summary>
/// <param name="IsRolledBack">
/// Whether it is certain that nothing was committed, even if the commit had begun. After any other failure during a commit, the outcome is
/// unknown.
/// </param>
internal sealed record AttemptFailure(PostgresFailureKind Kind, bool IsRolledBack, Exception Cause)
{
    /// <summary>The failure of the batch that the operation ran in; null if it ran by itself.</summary>
    public BatchFailedException? Batch => Cause as BatchFailedException;

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
        var isRolledBackBatch = exception is BatchFailedException { IsRolledBack: true };
        if (kind == PostgresFailureKind.None && !isRolledBackBatch)
            return null;

        return new AttemptFailure(kind, kind == PostgresFailureKind.Contention || isRolledBackBatch, exception);
    }
}
