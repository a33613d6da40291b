using Npgsql;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>Queries the database directly, over a new connection for each query.</summary>
internal sealed class Database(string connectionString)
{
    /// <summary>An SQL condition on <c>pg_stat_activity</c>: the connections of the server's pool.</summary>
    public const string OfTheServer = "datname = current_database() AND application_name = 'CleanMessaging'";

    public string ConnectionString { get; } =
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "Test" }.ConnectionString;

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        return connection;
    }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async Task<IReadOnlyList<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            rows.Add(read(reader));

        return rows;
    }
}
