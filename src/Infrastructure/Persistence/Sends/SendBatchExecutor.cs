using System.Diagnostics;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Runs sends together: reads what they need, unless that is known, lets each be decided upon what the one before has left, stores all that
/// was decided, then publishes. Two round trips at most as a rule; the last one stores everything or nothing, and holds no lock that anybody
/// waits for over a round trip. Only when somebody else was faster, mostly another server, does it lock first.
/// </summary>
internal sealed class SendBatchExecutor(
    [FromKeyedServices(PersistenceRegistration.Sends)] NpgsqlDataSource dataSource, SendStateCache known, RealtimeNotifier notifier)
{
    /// <summary>After a collision the next one is likely, and costs more than locks.</summary>
    private static readonly TimeSpan _contendedFor = TimeSpan.FromSeconds(1);

    private long _lastCollision = -Stopwatch.Frequency;

    private bool IsContended => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastCollision)) < _contendedFor;

    /// <summary>Never throws: each send is told how it went.</summary>
    public async Task RunAsync(IReadOnlyList<QueuedSend> sends)
    {
        try
        {
            await StoreAsync(sends);
        }
        catch (Exception failure)
        {
            known.Clear();
            foreach (var send in sends)
                send.Fail(failure);
            return;
        }

        try
        {
            foreach (var send in sends)
                notifier.Publish(send.Events);
        }
        finally
        {
            // It is stored, whoever hears of it.
            foreach (var send in sends)
                send.Complete();
        }
    }

    private async Task StoreAsync(IReadOnlyList<QueuedSend> sends)
    {
        await using var connection = await OpenAsync(Remaining(sends));
        foreach (var send in sends)
            send.HasBegun = true;

        using var replication = new SynchronousReplication(connection);
        var isStored = known.Take(sends) is { } rows && await TryStoreKnownAsync(connection, sends, rows);
        isStored = isStored || (!IsContended && await TryStoreAsync(connection, sends));
        if (!isStored)
            await StoreUnderLocksAsync(connection, sends);

        replication.EnsureConfirmed();
    }

    /// <summary>
    /// Stores what was decided upon known rows. Does nothing and returns false when they are not enough: when one of the sends is rejected,
    /// which may have ceased to be right, when somebody else has written one of the rows, or when one of the sends had been sent before.
    /// </summary>
    private async Task<bool> TryStoreKnownAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends, SendBatchState rows)
    {
        await DecideAsync(sends, rows);

        return rows.Added.Count == sends.Count && Remaining(sends) > TimeSpan.Zero && await TryStoreAsync(connection, sends, rows);
    }

    /// <summary>Does nothing and returns false when somebody else was faster between the two round trips, and takes note of it.</summary>
    private async Task<bool> TryStoreAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends)
    {
        await using var load = SendStatements.ToLoad(connection, sends);
        var loaded = await ReadAsync(load, sends);
        await DecideAsync(sends, loaded);
        if (loaded.Added.Count == 0)
        {
            await ConfirmReplaysAsync(connection, sends, loaded);

            return true;
        }

        EnsureTimeIsLeft(sends);
        if (await TryStoreAsync(connection, sends, loaded))
            return true;

        Volatile.Write(ref _lastCollision, Stopwatch.GetTimestamp());

        return false;
    }

    private async Task<bool> TryStoreAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends, SendBatchState rows)
    {
        try
        {
            BeginToCommit(sends);
            await StoreAsync(connection, rows);
            known.Keep(rows);

            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation)
        {
            foreach (var send in sends)
                send.CommitFailed();

            return false;
        }
    }

    /// <summary>
    /// The same in one transaction that locks first, in the order of docs/decisions/0003-locks-not-retries.md: nobody is faster, and a group
    /// of another server waits for this one instead of being undone by it.
    /// </summary>
    private async Task StoreUnderLocksAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var load = SendStatements.ToLoadUnderLocks(connection, sends);
        var loaded = await ReadAsync(load, sends);
        await DecideAsync(sends, loaded);
        if (loaded.Added.Count > 0)
        {
            EnsureTimeIsLeft(sends);
            await StoreAsync(connection, loaded);
        }
        else
        {
            await ConfirmReplaysAsync(connection, sends, loaded);
        }

        BeginToCommit(sends);
        await transaction.CommitAsync();
        known.Keep(loaded);
    }

    /// <summary>
    /// A repeated send acknowledges the commit of the first one, so that must be on the synchronous standbys, if there are any. Where something is stored as well, its own
    /// commit waits for them.
    /// </summary>
    private static async Task ConfirmReplaysAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends, SendBatchState loaded)
    {
        var replays = sends.Where(send => send.IsReplay).ToList();
        if (!loaded.HasSynchronousStandby || replays.Count == 0)
            return;

        BeginToCommit(replays);
        await using var barrier = new NpgsqlCommand(SynchronousReplication.Barrier, connection);
        await barrier.ExecuteNonQueryAsync();
    }

    private static async Task DecideAsync(IReadOnlyList<QueuedSend> sends, SendBatchState loaded)
    {
        foreach (var send in sends)
            send.Events = await loaded.DecideAsync(send);
    }

    /// <exception cref="DatabaseTimeoutException">None is.</exception>
    private static void EnsureTimeIsLeft(IReadOnlyList<QueuedSend> sends)
    {
        if (Remaining(sends) <= TimeSpan.Zero)
            throw new DatabaseTimeoutException("There is no time left to store it.");
    }

    /// <summary>From here on a failure leaves unknown what became of the sends of which something is stored; of a rejected one nothing is.</summary>
    /// <exception cref="DatabaseTimeoutException">A caller was already answered that nothing changed; nothing is stored.</exception>
    private static void BeginToCommit(IReadOnlyList<QueuedSend> sends)
    {
        var stored = sends.Where(send => send.Events.Count > 0 || send.IsReplay).ToList();
        if (stored.TrueForAll(send => send.TryBeginCommit()))
            return;

        foreach (var send in stored)
            send.CommitFailed();

        throw new DatabaseTimeoutException("A caller is no longer waiting for the commit.");
    }

    private static async Task StoreAsync(NpgsqlConnection connection, SendBatchState loaded)
    {
        await using var store = SendStatements.ToStore(connection, loaded);
        await store.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync(TimeSpan atMost)
    {
        using var limit = new CancellationTokenSource(atMost > TimeSpan.Zero ? atMost : TimeSpan.Zero);
        try
        {
            return await dataSource.OpenConnectionAsync(limit.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new DatabaseTimeoutException("There was no connection in time.", exception);
        }
    }

    private static async Task<SendBatchState> ReadAsync(NpgsqlBatch load, IReadOnlyList<QueuedSend> sends)
    {
        // A command's limit counts in whole seconds; 0 would be none.
        load.Timeout = Math.Clamp((int)Remaining(sends).TotalSeconds, 1, load.Timeout);
        await using var reader = await load.ExecuteReaderAsync();

        return await SendStatements.ReadAsync(reader);
    }

    private static TimeSpan Remaining(IReadOnlyList<QueuedSend> sends) => sends.Min(send => send.Remaining);
}
