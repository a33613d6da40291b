using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence.Sends;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>What a failed attempt of a unit of work means for the next one.</summary>
/// <param name="IsRolledBack">
/// Whether it is certain that nothing was committed, even if the commit had begun. Any other failure in place of the answer to a commit leaves its outcome unknown.
/// </param>
/// <param name="IsOfBatch">Whether it befell a batch of sends, not this send in particular.</param>
internal sealed record AttemptFailure(PostgresFailureKind Kind, bool IsRolledBack, bool IsOfBatch, Exception Cause)
{
    /// <summary>
    /// Classifies an exception. Null when the attempt did not fail in the database: a rule rejected the request, the caller left, or our code is at fault.
    /// </summary>
    public static AttemptFailure? Of(Exception exception, CancellationToken cancellationToken)
    {
        var isCanceledByCaller = exception is OperationCanceledException && cancellationToken.IsCancellationRequested;
        if (exception is DomainException || isCanceledByCaller)
            return null;

        var kind = exception is OperationCanceledException ? PostgresFailureKind.TooSlow : PostgresFailure.Classify(exception);
        var isRolledBackBatch = exception is SendBatchFailedException { IsRolledBack: true };
        if (kind == PostgresFailureKind.None && !isRolledBackBatch)
            return null;

        return new AttemptFailure(
            kind, IsRolledBack: kind == PostgresFailureKind.Contention || isRolledBackBatch, IsOfBatch: exception is SendBatchFailedException, exception);
    }
}
