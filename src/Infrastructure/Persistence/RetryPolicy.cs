using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Runs an operation, and runs it again when PostgreSQL rolled it back because a lock was unavailable or another transaction conflicted, or
/// when the connection was lost. An operation runs at most 4 times, and again only while at least half of the time for all attempts
/// remains. When the outcome of a commit is unknown, only an idempotent operation runs again (docs/decisions/0007-uncertain-commit.md).
/// </summary>
internal sealed partial class RetryPolicy(DatabaseDeadline deadline, RealtimeNotifier notifier, ILogger<RetryPolicy> logger)
{
    private const int AttemptsMax = 4;

    /// <exception cref="StorageUnavailableException">No further attempt is allowed.</exception>
    /// <exception cref="Exception">A failure that does not come from the database, unchanged.</exception>
    public async Task<TResult> RunAsync<TResult>(
        Func<Attempt, Task<TResult>> operation, bool isIdempotent, CancellationToken cancellationToken)
    {
        deadline.Start();
        using var untilCommit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        untilCommit.CancelAfter(DatabaseDeadline.UntilCommit);
        var unconfirmedEvents = new List<IReadOnlyList<IDomainEvent>>();
        try
        {
            for (var number = 1; ; number++)
            {
                var attempt = new Attempt(number, deadline, unconfirmedEvents, untilCommit.Token, cancellationToken);
                try
                {
                    return await operation(attempt);
                }
                catch (Exception exception) when (AttemptFailure.Of(exception, cancellationToken) is { } failure)
                {
                    if (attempt.IsCommitting && !failure.IsRolledBack)
                        unconfirmedEvents.Add(attempt.Events);
                    else if (unconfirmedEvents.Count == 0)
                        deadline.CommitFailed();

                    if (!MayRunAgain(attempt, failure, isIdempotent))
                        throw new StorageUnavailableException(unconfirmedEvents.Count > 0, isIdempotent, failure.Cause);

                    Log.RunningAgain(logger, number, failure.Kind);
                    if (failure.Batch is null)
                        await Task.Delay(Backoff(number), cancellationToken);
                }
            }
        }
        catch when (unconfirmedEvents.Count > 0)
        {
            // The events of attempts with an unknown outcome were not published, so clients must resync.
            notifier.EventsLost();
            throw;
        }
    }

    /// <summary>
    /// Runs a read, and runs it a second time when the connection was lost while at least half of the time for all attempts remains.
    /// </summary>
    /// <exception cref="Exception">The failure of the last attempt, unchanged.</exception>
    public async Task<TResult> ReadAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (
            PostgresFailure.Classify(exception) == PostgresFailureKind.ConnectionLost
            && deadline.Remaining > DatabaseDeadline.UntilCommit / 2
            && !cancellationToken.IsCancellationRequested)
        {
            Log.RunningAgain(logger, 1, PostgresFailureKind.ConnectionLost);
        }

        return await read();
    }

    private static bool MayRunAgain(Attempt attempt, AttemptFailure failure, bool isIdempotent)
    {
        var isOutcomeUnknown = attempt.UnconfirmedEvents.Count > 0;

        // Each operation of a failed batch gets its own attempt, so a conflict of one of them does not affect the others.
        var leastTime = failure.Batch is { } batch && !isOutcomeUnknown ? batch.MinimumTimeLeft : DatabaseDeadline.UntilCommit / 2;

        return (failure.Kind != PostgresFailureKind.TooSlow || !attempt.HasBegun)
            && (!isOutcomeUnknown || isIdempotent)
            && attempt.Number < AttemptsMax
            && attempt.Remaining > leastTime;
    }

    /// <summary>
    /// Returns about 10, 40 or 160 ms, multiplied by a random factor of 0.5 to 1.5, so that two conflicting operations do not collide
    /// again.
    /// </summary>
    private static TimeSpan Backoff(int attempt) =>
        TimeSpan.FromMilliseconds(10 * Math.Pow(4, attempt - 1) * (0.5 + Random.Shared.NextDouble()));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Attempt {Attempt} ended with {Failure}; running the operation again")]
        public static partial void RunningAgain(ILogger logger, int attempt, PostgresFailureKind failure);
    }
}
