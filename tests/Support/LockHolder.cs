using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Holds locks in another transaction on its own connection. Disposing it rolls the transaction back and releases the locks.
/// </summary>
public sealed class LockHolder : IAsyncDisposable
{
    private readonly ApiServer _server;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private LockHolder(ApiServer server, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _server = server;
        _connection = connection;
        _transaction = transaction;
    }

    /// <summary>Begins a transaction in a server's database with a statement that takes locks.</summary>
    public static async Task<LockHolder> HoldAsync(ApiServer server, string sql)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var holder = new LockHolder(server, connection, await connection.BeginTransactionAsync(TestContext.Current.CancellationToken));
        await holder.ExecuteAsync(sql);

        return holder;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection, _transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// Returns how many backends wait for this transaction. A batch of sends does not wait for locks; each of its sends is then repeated
    /// outside a batch, and waits.
    /// </summary>
    /// <param name="text">Counts only statements with this text.</param>
    public Task<long> BlocksAsync(string text = "") =>
        _server.QueryAsync<long>(
            $"""
            SELECT count(*) FROM pg_stat_activity
            WHERE {_connection.ProcessID} = ANY (pg_blocking_pids(pid)) AND application_name <> 'CleanMessaging.Sends' AND query LIKE '%{text}%'
            """);

    /// <summary>Waits until at least <paramref name="count"/> backends wait for this transaction or for each other.</summary>
    public Task WaitForWaitingAsync(int count) =>
        Eventually.TrueAsync(
            async () => await _server.QueryAsync<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") >= count,
            $"Not {count} wait for a lock.");

    public Task CommitAsync() => _transaction.CommitAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
