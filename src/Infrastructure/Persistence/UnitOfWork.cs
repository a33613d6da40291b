using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Begin, work, save, commit, then publish; READ COMMITTED with row locks taken in one order (docs/decisions/0003-locks-not-retries.md).
/// A send first goes together with others that arrived at the same time (docs/decisions/0017-sends-together.md). What PostgreSQL rolled back
/// for want of a lock, or because somebody else was faster, runs again from fresh state and under locks: 3 times at most, and only while half
/// of the time that all attempts have together is left.
/// </summary>
internal sealed partial class UnitOfWork(
    MessagingDbContext context,
    Turns turns,
    SendQueue queue,
    PreparedSend prepared,
    RealtimeNotifier notifier,
    ILogger<UnitOfWork> logger) : IUnitOfWork
{
    private const int AttemptsMax = 4;

    public async Task<TResult> ExecuteAsync<TResult>(Func<CancellationToken, Task<TResult>> work, Terms terms, CancellationToken cancellationToken)
    {
        context.StartClock();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(DeadlineInterceptor.UntilCommit);
        PendingSend? together = null;
        IDisposable? turn = null;
        List<IDomainEvent> perhapsTrue = [];
        var outcomeUnknown = false;

        try
        {
            for (var number = 1; ; number++)
            {
                var attempt = new Attempt();
                try
                {
                    if (number == 1 && terms.Together is { } keys)
                    {
                        Task<TResult>? result = null;
                        together = new PendingSend(
                            keys, () => context.Elapsed, loaded => prepared.RunAsync(loaded, () => result = work(cancellationToken)));
                        await RunTogetherAsync(together, attempt, deadline.Token);

                        return await (result ?? throw new InvalidOperationException("The send was not decided."));
                    }

                    if (turn is null && terms.TurnOf is { } user)
                        turn = await turns.TakeAsync(user, deadline.Token);

                    return await RunAloneAsync(work, attempt, perhapsTrue, deadline.Token, cancellationToken);
                }
                catch (Exception exception) when (exception is not DomainException && !IsGone(exception, cancellationToken))
                {
                    var kind = exception is OperationCanceledException ? PostgresFailureKind.TooSlow : PostgresFailure.Classify(exception);
                    var isRolledBackGroup = exception is GroupFailedException { IsRolledBack: true };
                    if (kind == PostgresFailureKind.None && !isRolledBackGroup)
                        throw;

                    // A collision is rolled back for sure. Of anything else that comes instead of an answer to COMMIT, nobody knows.
                    if (attempt.IsCommitting && kind != PostgresFailureKind.Contention && !isRolledBackGroup)
                    {
                        outcomeUnknown = true;
                        perhapsTrue.AddRange(attempt.Events);
                    }

                    // Those who met in a group do not meet again, and what one of them ran into need not be in the others' way: each has a try of its own.
                    var hasNotTriedAlone = exception is GroupFailedException && !outcomeUnknown;
                    var timeLeft = DeadlineInterceptor.UntilCommit - context.Elapsed;
                    var mayRepeat = (kind != PostgresFailureKind.TooSlow || !attempt.HasBegun)
                        && (!outcomeUnknown || terms.IsRepeatable)
                        && number < AttemptsMax
                        && timeLeft > (hasNotTriedAlone ? SendQueue.LeastTime : DeadlineInterceptor.UntilCommit / 2);
                    if (!mayRepeat)
                    {
                        // What may be true, and was told to nobody.
                        if (outcomeUnknown)
                            notifier.SyncNeeded();

                        throw new StorageUnavailableException(outcomeUnknown, terms.IsRepeatable, exception);
                    }

                    Log.Repeating(logger, number, kind);
                    if (exception is not GroupFailedException)
                        await Task.Delay(Backoff(number), cancellationToken);
                }
            }
        }
        finally
        {
            turn?.Dispose();
            if (together is not null)
                queue.Release(together);
        }
    }

    /// <summary>As one of several, upon what was loaded for all of them.</summary>
    private async Task RunTogetherAsync(PendingSend send, Attempt attempt, CancellationToken deadline)
    {
        try
        {
            await queue.RunAsync(send, deadline);
        }
        finally
        {
            attempt.HasBegun = send.HasBegun;
            attempt.IsCommitting = send.IsCommitting;
            attempt.Events = send.Events;
        }
    }

    private async Task<TResult> RunAloneAsync<TResult>(
        Func<CancellationToken, Task<TResult>> work,
        Attempt attempt,
        List<IDomainEvent> perhapsTrue,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        // A failed save ends the transaction here; a savepoint would be two round trips more while everything is locked.
        context.Database.AutoSavepointsEnabled = false;

        // A second attempt must not see what the first one loaded or changed.
        context.ChangeTracker.Clear();
        await using var transaction = await context.Database.BeginTransactionAsync(deadline);
        attempt.HasBegun = true;
        var result = await work(cancellationToken);
        attempt.Events = CollectEvents();

        // From here on the caller's going away changes nothing: the outcome must be one or the other.
        await context.SaveChangesAsync(CancellationToken.None);
        attempt.IsCommitting = true;
        await transaction.CommitAsync(CancellationToken.None);

        // A repetition that finds its work done by the attempt whose answer was lost has nothing of its own to tell.
        notifier.Publish(attempt.Events.Count == 0 ? StillTrue(perhapsTrue) : attempt.Events);

        return result;
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

    /// <summary>How far an attempt has come.</summary>
    private sealed class Attempt
    {
        public bool HasBegun { get; set; }

        public bool IsCommitting { get; set; }

        public IReadOnlyList<IDomainEvent> Events { get; set; } = [];
    }
}
