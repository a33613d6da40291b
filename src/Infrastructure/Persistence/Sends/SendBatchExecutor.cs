using System.Diagnostics;
using System.Runtime.ExceptionServices;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Sends;

/// <summary>
/// Runs a batch of sends: reads the rows that are not cached, decides each send on the state that the previous one left, stores all
/// decisions, then publishes the events. Usually this takes at most two round trips. The last one stores everything or nothing, and no lock
/// that others wait for is held across a round trip. Only after a conflict with another transaction, usually of another server, does the
/// executor take the locks first.
/// </summary>
internal sealed class SendBatchExecutor(
    [FromKeyedServices(PersistenceRegistration.Sends)] NpgsqlDataSource batchConnections,
    NpgsqlDataSource requestConnections,
    SendStateCache cache,
    RealtimeNotifier notifier,
    QuotaPolicy policy,
    IRequestHasher hasher,
    MessageEncryption encryption,
    TimeProvider clock)
{
    /// <summary>How long the executor takes locks first after a conflict: another one is likely then, and costs more than locks.</summary>
    private static readonly TimeSpan _contendedFor = TimeSpan.FromSeconds(1);

    private long _lastConflict = -Stopwatch.Frequency;

    private bool IsContended => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastConflict)) < _contendedFor;

    /// <summary>Runs the batch and completes each send with its outcome. Never throws.</summary>
    public async Task RunAsync(IReadOnlyList<QueuedSend> sends)
    {
        try
        {
            await RunBatchAsync(sends);
        }
        catch (Exception failure)
        {
            cache.Clear();
            foreach (var send in sends)
                send.Fail(failure);
            return;
        }

        try
        {
            foreach (var send in sends)
                notifier.Publish(send.Attempt.Events);
        }
        finally
        {
            // The sends are stored, even if publishing their events failed.
            foreach (var send in sends)
                send.Complete();
        }
    }

    /// <summary>
    /// Runs a send by itself, under locks, on a connection of the pool for requests. It waits for locked rows as long as every other
    /// command.
    /// </summary>
    /// <exception cref="Exception">The rejection or the failure of the send.</exception>
    public async Task<SendDecision> RunSingleAsync(QueuedSend send)
    {
        try
        {
            await using var connection = await requestConnections.OpenConnectionAsync(send.Attempt.UntilCommit);
            send.Attempt.HasBegun = true;
            using var replication = new SynchronousReplication(connection);
            await LockLoadAndStoreAsync(connection, [send], lockTimeout: null, send.Attempt.CancellationToken);
            replication.EnsureConfirmed();
        }
        catch (SendBatchAbortedException aborted)
        {
            ExceptionDispatchInfo.Throw(aborted.InnerException!);
        }

        notifier.Publish(send.Attempt.Events);

        return send.GetDecision();
    }

    private async Task RunBatchAsync(IReadOnlyList<QueuedSend> sends)
    {
        await using var connection = await OpenAsync(Remaining(sends));
        foreach (var send in sends)
            send.Attempt.HasBegun = true;

        using var replication = new SynchronousReplication(connection);
        var isStored = cache.Take(sends) is { } rows && await TryStoreFromCacheAsync(connection, sends, rows);
        isStored = isStored || (!IsContended && await TryLoadAndStoreAsync(connection, sends));
        if (!isStored)
            cache.Keep(await LockLoadAndStoreAsync(connection, sends, SendStatements.LockTimeout, CancellationToken.None));

        replication.EnsureConfirmed();
    }

    /// <summary>
    /// Stores decisions that are based on cached rows. Does nothing and returns false when the cache is not sufficient: a send is rejected,
    /// which may no longer be correct; another transaction has changed one of the rows; a recipient is deactivated, which the cache does
    /// not know; or one of the sends is a repetition.
    /// </summary>
    private async Task<bool> TryStoreFromCacheAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends, SendBatchState rows)
    {
        Decide(sends, rows);

        return rows.Added.Count == sends.Count && Remaining(sends) > TimeSpan.Zero && await TryCommitAsync(connection, sends, rows);
    }

    /// <summary>
    /// Does nothing and returns false when another transaction has changed a row between the two round trips; remembers that conflict.
    /// </summary>
    private async Task<bool> TryLoadAndStoreAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends)
    {
        await using var load = SendStatements.CreateLoad(connection, RequestsOf(sends), encryption.IsOn);
        var loaded = await ReadAsync(load, sends, CancellationToken.None);
        Decide(sends, loaded);
        if (loaded.Added.Count == 0)
        {
            await ConfirmReplaysAsync(connection, sends, loaded);

            return true;
        }

        EnsureTimeIsLeft(sends);
        if (await TryCommitAsync(connection, sends, loaded))
            return true;

        Volatile.Write(ref _lastConflict, Stopwatch.GetTimestamp());

        return false;
    }

    private async Task<bool> TryCommitAsync(NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends, SendBatchState rows)
    {
        try
        {
            var changes = rows.GetChanges(encryption);
            BeginToCommit(sends);
            await ExecuteStoreAsync(connection, changes);
            cache.Keep(rows);

            return true;
        }
        catch (PostgresException exception) when (
            exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation)
        {
            foreach (var send in sends)
                send.Attempt.CommitFailed();

            return false;
        }
    }

    /// <summary>
    /// Locks the rows first, in the order of docs/decisions/0003-locks-not-retries.md, then loads, decides, stores and commits in one
    /// transaction. No other transaction can then change the rows, and a batch of another server waits for this one instead of causing its
    /// rollback. Returns the stored rows.
    /// </summary>
    private async Task<SendBatchState> LockLoadAndStoreAsync(
        NpgsqlConnection connection, IReadOnlyList<QueuedSend> sends, string? lockTimeout, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var load = SendStatements.CreateLoadUnderLocks(connection, RequestsOf(sends), encryption.IsOn, lockTimeout);
        var loaded = await ReadAsync(load, sends, cancellationToken);
        Decide(sends, loaded);
        if (loaded.Added.Count > 0)
        {
            EnsureTimeIsLeft(sends);
            await ExecuteStoreAsync(connection, loaded.GetChanges(encryption));
        }
        else
        {
            await ConfirmReplaysAsync(connection, sends, loaded);
        }

        BeginToCommit(sends);
        await transaction.CommitAsync(CancellationToken.None);

        return loaded;
    }

    /// <summary>
    /// Waits for the synchronous standbys, if there are any, because a repeated send acknowledges the commit of the first one. If the batch
    /// also stores something, its own commit waits for them.
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

    private void Decide(IReadOnlyList<QueuedSend> sends, SendBatchState rows)
    {
        foreach (var send in sends)
            send.Decide(request => rows.Decide(request, policy, hasher, encryption, clock.GetUtcNow()));
    }

    /// <exception cref="DatabaseTimeoutException">No time is left.</exception>
    private static void EnsureTimeIsLeft(IReadOnlyList<QueuedSend> sends)
    {
        if (Remaining(sends) <= TimeSpan.Zero)
            throw new DatabaseTimeoutException("There is no time left to store the batch.");
    }

    /// <summary>
    /// Marks the sends to be stored: from here on a failure leaves their outcome unknown. Of a rejected send nothing is stored.
    /// </summary>
    /// <exception cref="DatabaseTimeoutException">A caller already has the response that nothing changed; nothing is stored.</exception>
    private static void BeginToCommit(IReadOnlyList<QueuedSend> sends)
    {
        var stored = sends.Where(send => send.IsNew || send.IsReplay).ToList();
        if (stored.TrueForAll(send => send.Attempt.TryBeginCommit()))
            return;

        foreach (var send in stored)
            send.Attempt.CommitFailed();

        throw new DatabaseTimeoutException("A caller is no longer waiting for the commit.");
    }

    private static async Task ExecuteStoreAsync(NpgsqlConnection connection, SendChanges changes)
    {
        await using var store = SendStatements.CreateStore(connection, changes);
        await store.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> OpenAsync(TimeSpan atMost)
    {
        using var limit = new CancellationTokenSource(atMost > TimeSpan.Zero ? atMost : TimeSpan.Zero);
        try
        {
            return await batchConnections.OpenConnectionAsync(limit.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new DatabaseTimeoutException("No database connection became available in time.", exception);
        }
    }

    private async Task<SendBatchState> ReadAsync(
        NpgsqlBatch load, IReadOnlyList<QueuedSend> sends, CancellationToken cancellationToken)
    {
        load.Timeout = StatementTimeout.Within(Remaining(sends), load.Timeout);
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);

        return await SendStatements.ReadAsync(reader, encryption, cancellationToken);
    }

    private static List<SendRequest> RequestsOf(IReadOnlyList<QueuedSend> sends) => [.. sends.Select(send => send.Request)];

    private static TimeSpan Remaining(IReadOnlyList<QueuedSend> sends) => sends.Min(send => send.Attempt.Remaining);
}
