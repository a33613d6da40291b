using System.Runtime.CompilerServices;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Runs a command in a transaction: work, save, commit, then publish. The first statement begins the transaction, so a command that does
/// not use the context (a send, which <see cref="Sends.SendStore"/> stores) has none. The isolation level is READ COMMITTED, with row locks
/// taken in one order (docs/decisions/0003-locks-not-retries.md). <see cref="RetryPolicy"/> determines when a command runs again, from
/// fresh state.
/// </summary>
internal sealed class UnitOfWork(MessagingDbContext context, RetryPolicy retries, PerUserGate gate, RealtimeNotifier notifier) : IUnitOfWork
{
    /// <summary>Makes a command that wrote nothing wait for the standbys, because it acknowledges an earlier commit.</summary>
    private static readonly FormattableString _barrier = FormattableStringFactory.Create(SynchronousReplication.Barrier);

    public async Task<TResult> ExecuteAsync<TResult>(
        Func<CancellationToken, Task<TResult>> work, UnitOfWorkOptions options, CancellationToken cancellationToken)
    {
        IDisposable? entered = null;
        try
        {
            return await retries.RunAsync(
                async attempt =>
                {
                    if (options.ConcurrencyKey is { } user)
                        entered ??= await gate.EnterAsync(user, attempt.UntilCommit);

                    return await RunAsync(work, attempt);
                },
                options.IsIdempotent,
                cancellationToken);
        }
        finally
        {
            entered?.Dispose();
        }
    }

    public Task<TResult> ReadAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken) =>
        retries.ReadAsync(read, cancellationToken);

    private async Task<TResult> RunAsync<TResult>(Func<CancellationToken, Task<TResult>> work, Attempt attempt)
    {
        // A second attempt must not see what the first one loaded or changed.
        if (context.IsUsed)
            context.ChangeTracker.Clear();

        context.Attempt = attempt;
        try
        {
            var result = await work(attempt.CancellationToken);
            await CommitAsync(attempt);

            return result;
        }
        finally
        {
            context.Attempt = null;
            if (context.IsUsed && context.Database.CurrentTransaction is { } unfinished)
                await unfinished.DisposeAsync();
        }
    }

    private async Task CommitAsync(Attempt attempt)
    {
        if (!context.IsUsed)
            return;

        attempt.Events = CollectEvents();
        if (context.Database.CurrentTransaction is null && context.ChangeTracker.HasChanges())
            await context.BeginTransactionAsync(attempt);

        if (context.Database.CurrentTransaction is not { } transaction)
            return;

        // From here on a cancellation by the caller has no effect: the outcome must be definite.
        var written = await context.SaveChangesAsync(CancellationToken.None);
        if (!attempt.TryBeginCommit())
            throw new DatabaseTimeoutException("The caller is no longer waiting for the commit.");

        using var replication = new SynchronousReplication((NpgsqlConnection)context.Database.GetDbConnection());
        if (written == 0)
            await context.Database.ExecuteSqlAsync(_barrier, CancellationToken.None);

        await transaction.CommitAsync(CancellationToken.None);
        replication.EnsureConfirmed();

        // What follows reads committed rows, outside of the transaction and its time limit.
        context.Attempt = null;

        // An earlier attempt may have done this work, or a part of it, with a lost response.
        if (attempt.UnconfirmedEvents.Count > 0)
            (await attempt.FindConfirmedEventsAsync(FindStoredAsync)).PublishTo(notifier);

        notifier.Publish(attempt.Events);
    }

    private async ValueTask<object?> FindStoredAsync(IVerifiableEvent verifiable)
    {
        // Loads for commands omit columns, so the row is read again.
        context.ChangeTracker.Clear();

        return await context.FindAsync(verifiable.RowType, [.. verifiable.RowKey]);
    }

    private List<IDomainEvent> CollectEvents() =>
        [.. context.ChangeTracker.Entries<AggregateRoot>().SelectMany(entry => entry.Entity.DomainEvents)];
}
