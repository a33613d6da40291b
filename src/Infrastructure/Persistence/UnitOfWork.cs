using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Begin, work, save, commit, then publish; READ COMMITTED with row locks taken in one order (docs/decisions/0003-locks-not-retries.md).
/// What PostgreSQL rolled back for want of a lock, or because somebody else was faster, runs again from fresh state: 3 times at
/// most, and only while half of the time that all attempts have together is left.
/// </summary>
internal sealed partial class UnitOfWork(MessagingDbContext context, Turns turns, RealtimeNotifier notifier, ILogger<UnitOfWork> logger) : IUnitOfWork
{
    private const int AttemptsMax = 4;

    public async Task<TResult> ExecuteAsync<TResult>(
        Func<CancellationToken, Task<TResult>> work,
        bool repeatable,
        Guid? turnOf,
        CancellationToken cancellationToken)
    {
        context.StartClock();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(DeadlineInterceptor.UntilCommit);
        using var turn = turnOf is { } user ? await TakeTurnAsync(user, repeatable, deadline.Token, cancellationToken) : null;

        return await RepeatAsync(work, repeatable, deadline.Token, cancellationToken);
    }

    private async Task<IDisposable> TakeTurnAsync(Guid of, bool repeatable, CancellationToken deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await turns.TakeAsync(of, deadline);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StorageUnavailableException(outcomeUnknown: false, repeatable, exception);
        }
    }

    private async Task<TResult> RepeatAsync<TResult>(
        Func<CancellationToken, Task<TResult>> work,
        bool repeatable,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        // A failed save ends the transaction here; a savepoint would be two round trips more while everything is locked.
        context.Database.AutoSavepointsEnabled = false;
        List<IDomainEvent> perhapsTrue = [];
        var outcomeUnknown = false;

        for (var attempt = 1; ; attempt++)
        {
            var begun = false;
            var committing = false;
            List<IDomainEvent> events = [];
            try
            {
                // A second attempt must not see what the first one loaded or changed.
                context.ChangeTracker.Clear();
                await using var transaction = await context.Database.BeginTransactionAsync(deadline);
                begun = true;
                var result = await work(cancellationToken);
                events = CollectEvents();

                // From here on the caller's going away changes nothing: the outcome must be one or the other.
                await context.SaveChangesAsync(CancellationToken.None);
                committing = true;
                await transaction.CommitAsync(CancellationToken.None);

                // A repetition that finds its work done by the attempt whose answer was lost has nothing of its own to tell.
                notifier.Publish(events.Count == 0 ? StillTrue(perhapsTrue) : events);

                return result;
            }
            catch (Exception exception) when (exception is not DomainException && !IsGone(exception, cancellationToken))
            {
                var kind = exception is OperationCanceledException ? PostgresFailureKind.TooSlow : PostgresFailure.Classify(exception);
                if (kind == PostgresFailureKind.None)
                    throw;

                // A collision is rolled back for sure. Of anything else that comes instead of an answer to COMMIT, nobody knows.
                if (committing && kind != PostgresFailureKind.Contention)
                {
                    outcomeUnknown = true;
                    perhapsTrue.AddRange(events);
                }

                var mayRepeat = (kind != PostgresFailureKind.TooSlow || !begun)
                    && (!outcomeUnknown || repeatable)
                    && attempt < AttemptsMax
                    && context.Elapsed < DeadlineInterceptor.UntilCommit / 2;
                if (!mayRepeat)
                    throw new StorageUnavailableException(outcomeUnknown, repeatable, exception);

                Log.Repeating(logger, attempt, kind);
                await Task.Delay(Backoff(attempt), cancellationToken);
            }
        }
    }

    /// <summary>Whether it is the caller who gave up, and not our deadline.</summary>
    private static bool IsGone(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException && cancellationToken.IsCancellationRequested;

    /// <summary>About 10, 40, 160 ms, each half to one and a half times as long, so that two that collided do not meet again.</summary>
    private static TimeSpan Backoff(int attempt) =>
        TimeSpan.FromMilliseconds(10 * Math.Pow(4, attempt - 1) * (0.5 + Random.Shared.NextDouble()));

    /// <summary>
    /// What the attempt whose answer was lost did, as far as this attempt has found it done. A message that is not the one found
    /// was rolled back: a twin of the request was faster, and tells of its own.
    /// </summary>
    private List<IDomainEvent> StillTrue(List<IDomainEvent> perhapsTrue) =>
        perhapsTrue.FindAll(told => told is not MessageSent sent || context.Messages.Local.Any(message => message.Id == sent.MessageId));

    private List<IDomainEvent> CollectEvents() =>
        [.. context.ChangeTracker.Entries<AggregateRoot>().SelectMany(entry => entry.Entity.DomainEvents)];

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Attempt {Attempt} ended with {Failure}; running the unit of work again")]
        public static partial void Repeating(ILogger logger, int attempt, PostgresFailureKind failure);
    }
}
