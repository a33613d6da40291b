using System.Runtime.CompilerServices;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Runs a command in a transaction: begin, work, save, commit, then publish. The isolation level is READ COMMITTED, with row locks taken in one order
/// (docs/decisions/0003-locks-not-retries.md). A send first runs in a batch with concurrent sends (docs/decisions/0017-sends-together.md). When PostgreSQL rolls back because
/// a lock was unavailable or another transaction conflicted, the command runs again from fresh state and under locks. It runs again up to 3 times, and only while at least
/// half of the time for all attempts remains.
/// </summary>
internal sealed partial class UnitOfWork(
    MessagingDbContext context,
    DatabaseDeadline deadline,
    PerUserGate gate,
    SendBatcher batcher,
    PreparedSend prepared,
    RealtimeNotifier notifier,
    ILogger<UnitOfWork> logger) : IUnitOfWork
{
    private const int AttemptsMax = 4;

    /// <summary>For a command whose work an earlier commit has already done, and which acknowledges that commit.</summary>
    private static readonly FormattableString _barrier = FormattableStringFactory.Create(SynchronousReplication.Barrier);

    public async Task<TResult> ExecuteAsync<TResult>(Func<CancellationToken, Task<TResult>> work, UnitOfWorkOptions options, CancellationToken cancellationToken)
    {
        deadline.Start();
        using var untilCommit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        untilCommit.CancelAfter(DatabaseDeadline.UntilCommit);
        using var run = new Run<TResult>(work, options, untilCommit.Token, cancellationToken);
        try
        {
            while (true)
            {
                var attempt = run.Begin();
                try
                {
                    return attempt.IsBatched ? await RunInBatchAsync(run, attempt) : await RunAloneAsync(run, attempt);
                }
                catch (Exception exception) when (AttemptFailure.Of(exception, cancellationToken) is { } failure)
                {
                    await PrepareNextAttemptAsync(run, attempt, failure);
                }
            }
        }
        finally
        {
            if (run.Batched is not null)
                batcher.Release(run.Batched);
        }
    }

    /// <summary>Runs a send as part of a batch, on rows that were loaded for the whole batch.</summary>
    private async Task<TResult> RunInBatchAsync<TResult>(Run<TResult> run, Attempt attempt)
    {
        Task<TResult>? result = null;
        var send = new QueuedSend(
            run.Options.SendBatchKey!, deadline, loaded => prepared.RunAsync(loaded, () => result = run.Work(run.CancellationToken)));
        run.Batched = send;
        try
        {
            await batcher.RunAsync(send, run.UntilCommit);
        }
        finally
        {
            attempt.HasBegun = send.HasBegun;
            attempt.IsCommitting = send.IsCommitting;
            attempt.Events = send.Events;
        }

        return await (result ?? throw new InvalidOperationException("The send was not decided."));
    }

    private async Task<TResult> RunAloneAsync<TResult>(Run<TResult> run, Attempt attempt)
    {
        if (run.Turn is null && run.Options.ConcurrencyKey is { } user)
            run.Turn = await gate.TakeAsync(user, run.UntilCommit);

        // A failed save ends the transaction here. A savepoint would add two round trips while all rows are locked.
        context.Database.AutoSavepointsEnabled = false;

        // A second attempt must not see what the first one loaded or changed.
        context.ChangeTracker.Clear();
        await using var transaction = await context.Database.BeginTransactionAsync(run.UntilCommit);
        attempt.HasBegun = true;
        var result = await run.Work(run.CancellationToken);
        attempt.Events = CollectEvents();

        // From here on a cancellation by the caller has no effect: the outcome must be definite.
        var written = await context.SaveChangesAsync(CancellationToken.None);
        if (!deadline.TryBeginCommit())
            throw new DatabaseTimeoutException("The caller is no longer waiting for the commit.");

        attempt.IsCommitting = true;
        using var replication = new SynchronousReplication((NpgsqlConnection)context.Database.GetDbConnection());
        if (written == 0)
            await context.Database.ExecuteSqlAsync(_barrier, CancellationToken.None);

        await transaction.CommitAsync(CancellationToken.None);
        replication.EnsureConfirmed();

        // An attempt whose work an earlier attempt has already done, with a lost response, has no events of its own.
        notifier.Publish(attempt.Events.Count > 0 ? attempt.Events : await ConfirmedEventsAsync(run.UnconfirmedEvents));

        return result;
    }

    /// <summary>Records a failed attempt. Returns when the next one may begin.</summary>
    /// <exception cref="StorageUnavailableException">No further attempt is allowed.</exception>
    /// <exception cref="Exception">The failure, if it does not come from the database.</exception>
    private async Task PrepareNextAttemptAsync<TResult>(Run<TResult> run, Attempt attempt, AttemptFailure failure)
    {
        if (attempt.IsCommitting && !failure.IsRolledBack)
            run.UnconfirmedEvents.Add(attempt.Events);
        else if (!run.IsOutcomeUnknown)
            deadline.CommitFailed();

        if (!MayRepeat(run, attempt, failure))
        {
            // The events of attempts with an unknown outcome were not published, so clients must resync.
            if (run.IsOutcomeUnknown)
                notifier.SyncNeeded();

            throw new StorageUnavailableException(run.IsOutcomeUnknown, run.Options.IsIdempotent, failure.Cause);
        }

        Log.Repeating(logger, attempt.Number, failure.Kind);
        if (!failure.IsOfBatch)
            await Task.Delay(Backoff(attempt.Number), run.CancellationToken);
    }

    private bool MayRepeat<TResult>(Run<TResult> run, Attempt attempt, AttemptFailure failure)
    {
        // Each send of a failed batch gets its own attempt, so a conflict of one of them does not affect the others.
        var leastTime = failure.IsOfBatch && !run.IsOutcomeUnknown ? SendBatcher.LeastTime : DatabaseDeadline.UntilCommit / 2;

        return (failure.Kind != PostgresFailureKind.TooSlow || !attempt.HasBegun)
            && (!run.IsOutcomeUnknown || run.Options.IsIdempotent)
            && attempt.Number < AttemptsMax
            && deadline.Remaining > leastTime;
    }

    /// <summary>
    /// Returns the events of those attempts with an unknown outcome that turned out to be committed. All events of an attempt are committed in one transaction, so the row that the
    /// attempt added proves all of them. An attempt that was rolled back because of a concurrent duplicate has no events: the duplicate publishes its own.
    /// </summary>
    private async Task<IReadOnlyList<IDomainEvent>> ConfirmedEventsAsync(IReadOnlyList<IReadOnlyList<IDomainEvent>> unconfirmed)
    {
        var confirmed = new List<IDomainEvent>();
        foreach (var events in unconfirmed)
        {
            var isCommitted = true;
            foreach (var domainEvent in events)
                isCommitted &= await IsCommittedAsync(domainEvent);

            if (isCommitted)
                confirmed.AddRange(events);
        }

        return confirmed;
    }

    private async Task<bool> IsCommittedAsync(IDomainEvent domainEvent) => domainEvent switch
    {
        // The following attempt has loaded the message that it returns.
        MessageSent sent => context.Messages.Local.Any(message => message.Id == sent.MessageId),
        ConversationStarted started => await context.Conversations.AnyAsync(conversation => conversation.Id == started.ConversationId),
        _ => true,
    };

    /// <summary>Returns about 10, 40 or 160 ms, multiplied by a random factor of 0.5 to 1.5, so that two conflicting commands do not collide again.</summary>
    private static TimeSpan Backoff(int attempt) =>
        TimeSpan.FromMilliseconds(10 * Math.Pow(4, attempt - 1) * (0.5 + Random.Shared.NextDouble()));

    private List<IDomainEvent> CollectEvents() =>
        [.. context.ChangeTracker.Entries<AggregateRoot>().SelectMany(entry => entry.Entity.DomainEvents)];

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Attempt {Attempt} ended with {Failure}; running the unit of work again")]
        public static partial void Repeating(ILogger logger, int attempt, PostgresFailureKind failure);
    }

    /// <summary>All attempts of one unit of work.</summary>
    private sealed class Run<TResult>(
        Func<CancellationToken, Task<TResult>> work, UnitOfWorkOptions options, CancellationToken untilCommit, CancellationToken cancellationToken) : IDisposable
    {
        private int _attempts;

        public Func<CancellationToken, Task<TResult>> Work { get; } = work;

        public UnitOfWorkOptions Options { get; } = options;

        /// <summary>Canceled when the caller cancels, and when the time before the commit has run out.</summary>
        public CancellationToken UntilCommit { get; } = untilCommit;

        /// <summary>Canceled when the caller cancels.</summary>
        public CancellationToken CancellationToken { get; } = cancellationToken;

        /// <summary>The queued send of the first attempt, if the command runs in a batch.</summary>
        public QueuedSend? Batched { get; set; }

        /// <summary>The slot in the user's gate, from the first attempt outside of a batch on.</summary>
        public IDisposable? Turn { get; set; }

        /// <summary>The events of each attempt whose outcome is unknown; they were not published.</summary>
        public List<IReadOnlyList<IDomainEvent>> UnconfirmedEvents { get; } = [];

        public bool IsOutcomeUnknown => UnconfirmedEvents.Count > 0;

        public Attempt Begin() => new(++_attempts, IsBatched: _attempts == 1 && Options.SendBatchKey is not null);

        public void Dispose() => Turn?.Dispose();
    }

    /// <summary>The progress of one attempt.</summary>
    private sealed record Attempt(int Number, bool IsBatched)
    {
        /// <summary>Whether the attempt has used the database.</summary>
        public bool HasBegun { get; set; }

        public bool IsCommitting { get; set; }

        public IReadOnlyList<IDomainEvent> Events { get; set; } = [];
    }
}
