using System.Data;
using System.Diagnostics;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets.Verification;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Wallets;

/// <summary>
/// Reads the ledger for verifications. One verification runs at a time on this server, on the single connection of a separate data source,
/// so that the pool stays available to requests. Every read uses an index, independently of the statistics, and a snapshot lasts no longer
/// than one slice.
/// </summary>
internal sealed class LedgerReader(
    [FromKeyedServices(LedgerReader.DataSource)] NpgsqlDataSource dataSource, SliceSize size) : ILedgerReader, IDisposable
{
    /// <summary>The key of the data source.</summary>
    public const string DataSource = "Verify";

    /// <summary>How long a verification waits for the current step of another one.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _free = new(1);

    /// <summary>Derives the connection string of the single connection from that of the pool.</summary>
    public static string ConnectionStringFrom(string pool)
    {
        var connection = new NpgsqlConnectionStringBuilder(pool);
        connection.MinPoolSize = 0;
        connection.MaxPoolSize = 1;
        connection.ConnectionIdleLifetime = 30;
        connection.ConnectionPruningInterval = 10;
        connection.ApplicationName += $".{DataSource}";

        return connection.ConnectionString;
    }

    public async Task<ILedgerSession> OpenAsync(CancellationToken cancellationToken)
    {
        if (!await _free.WaitAsync(WaitLimit, cancellationToken))
            throw new RequestRejectedException(LimitErrors.Busy());

        try
        {
            return new Session(await GuardedAsync(async () => await dataSource.OpenConnectionAsync(cancellationToken)), size, _free);
        }
        catch
        {
            _free.Release();
            throw;
        }
    }

    public void Dispose() => _free.Dispose();

    private static async Task<T> GuardedAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (PostgresFailure.Classify(exception) != PostgresFailureKind.None)
        {
            throw new StorageUnavailableException(isOutcomeUnknown: false, isIdempotent: true, exception);
        }
    }

    private sealed class Session(NpgsqlConnection connection, SliceSize size, SemaphoreSlim free) : ILedgerSession
    {
        /// <summary>Makes every slice use an index. Set per transaction, because a connection pooler would drop session options.</summary>
        private const string WalkIndexes =
            """
            SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
            SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off
            """;

        private const string Wallets = "SELECT user_id, balance, last_number FROM wallets WHERE user_id >= $1 ORDER BY user_id LIMIT $2";

        private const string Lines =
            """
            SELECT user_id, id, number, amount, balance_after FROM wallet_transactions
            WHERE (user_id, number) > ($1, $3) ORDER BY user_id, number LIMIT $2
            """;

        /// <summary>The query filters out free messages, except the last one, which marks the end of the slice.</summary>
        private const string Charged =
            """
            SELECT id, sender_id, points_charged, place FROM (
                SELECT id, sender_id, points_charged, row_number() OVER (ORDER BY id) AS place FROM (
                    SELECT id, sender_id, points_charged FROM messages WHERE id > $1 ORDER BY id LIMIT $2) AS next) AS numbered
            WHERE points_charged > 0 OR place = $2
            ORDER BY id
            """;

        private const string Paid =
            """
            SELECT message_id, user_id, -amount FROM wallet_transactions
            WHERE type = 'SPEND' AND message_id > $1 ORDER BY message_id LIMIT $2
            """;

        private const string Reversals =
            """
            SELECT reversal.reverses_id, reversal.id, reversal.user_id, reversal.amount, original.user_id, original.amount
            FROM (
                SELECT reverses_id, id, user_id, amount FROM wallet_transactions WHERE reverses_id > $1 ORDER BY reverses_id LIMIT $2) AS reversal
            LEFT JOIN wallet_transactions AS original ON original.id = reversal.reverses_id
            ORDER BY reversal.reverses_id
            """;

        // Reused for each slice: new lists of this size would burden the garbage collector.
        private readonly List<WalletRow> _wallets = [];
        private readonly List<LineRow> _lines = [];
        private readonly List<MessagePoints> _charged = [];
        private readonly List<MessagePoints> _paid = [];
        private readonly List<ReversalRow> _reversals = [];

        /// <summary>How long to pause after a slice: as long as the slice took, so that other requests get processor time.</summary>
        private TimeSpan _rest;

        public Task<WalletSlice> ReadWalletsAsync(Guid fromUserId, long afterNumber, CancellationToken cancellationToken) =>
            InSnapshotAsync(
                async atMost =>
                {
                    await ReadAsync(Wallets, _wallets, ReadWallet, cancellationToken, fromUserId, atMost);
                    await ReadAsync(Lines, _lines, ReadLine, cancellationToken, fromUserId, atMost, afterNumber);
                    var lastWallet = _wallets.Count == atMost ? _wallets[^1].UserId : (Guid?)null;
                    var lastLine = _lines.Count == atMost ? _lines[^1].UserId : (Guid?)null;

                    return new WalletSlice(_wallets, _lines, Earlier(lastWallet, lastLine));
                },
                cancellationToken);

        public Task<PaymentSlice> ReadPaymentsAsync(Guid afterMessageId, CancellationToken cancellationToken) =>
            InSnapshotAsync(
                async atMost =>
                {
                    Guid? lastCharged = null;
                    await ReadAsync(Charged, _charged, ReadCharged, cancellationToken, afterMessageId, atMost);
                    await ReadAsync(Paid, _paid, ReadPoints, cancellationToken, afterMessageId, atMost);
                    var lastPaid = _paid.Count == atMost ? _paid[^1].MessageId : (Guid?)null;

                    return new PaymentSlice(_charged, _paid, Earlier(lastCharged, lastPaid));

                    MessagePoints ReadCharged(NpgsqlDataReader row)
                    {
                        var points = ReadPoints(row);
                        if (row.GetInt64(3) == atMost)
                            lastCharged = points.MessageId;

                        return points;
                    }
                },
                cancellationToken);

        public Task<ReversalSlice> ReadReversalsAsync(Guid afterReversesId, CancellationToken cancellationToken) =>
            InSnapshotAsync(
                async atMost =>
                {
                    await ReadAsync(Reversals, _reversals, ReadReversal, cancellationToken, afterReversesId, atMost);

                    return new ReversalSlice(_reversals, HasMore: _reversals.Count == atMost);
                },
                cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await connection.DisposeAsync();
            free.Release();
        }

        private async Task<T> InSnapshotAsync<T>(Func<long, Task<T>> read, CancellationToken cancellationToken)
        {
            await Task.Delay(_rest, cancellationToken);
            var started = Stopwatch.GetTimestamp();
            var slice = await GuardedAsync(() => size.ChooseAsync(async atMost =>
            {
                await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
                await using var settings = new NpgsqlCommand(WalkIndexes, connection);
                await settings.ExecuteNonQueryAsync(cancellationToken);
                var slice = await read(atMost);
                await snapshot.CommitAsync(cancellationToken);

                return slice;
            }));
            _rest = Stopwatch.GetElapsedTime(started);

            return slice;
        }

        private async Task ReadAsync<T>(
            string sql, List<T> rows, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken, params object[] parameters)
        {
            rows.Clear();
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var parameter in parameters)
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });

            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(map(reader));
        }

        private static WalletRow ReadWallet(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2));

        private static LineRow ReadLine(NpgsqlDataReader row) =>
            new(new UserId(row.GetGuid(0)), new TransactionId(row.GetGuid(1)), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4));

        private static MessagePoints ReadPoints(NpgsqlDataReader row) =>
            new(new MessageId(row.GetGuid(0)), new UserId(row.GetGuid(1)), row.GetInt64(2));

        private static ReversalRow ReadReversal(NpgsqlDataReader row) => new(
            new TransactionId(row.GetGuid(0)),
            new TransactionId(row.GetGuid(1)),
            new UserId(row.GetGuid(2)),
            row.GetInt64(3),
            row.IsDBNull(4) ? null : new UserId(row.GetGuid(4)),
            row.IsDBNull(5) ? null : row.GetInt64(5));

        private static Guid? Earlier(Guid? one, Guid? other) => one is null || other?.CompareTo(one.Value) < 0 ? other : one;
    }
}
