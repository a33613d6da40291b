using CleanMessaging.Infrastructure.Persistence;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Creates the databases of one test run in a cluster: a migrated template, and copies of it, so that tests do not share data.
/// </summary>
/// <param name="connectionStringFor">Returns the connection string of a database of the cluster, by name.</param>
internal sealed class TestDatabases(Func<string, string> connectionStringFor) : IAsyncDisposable
{
    private const string Prefix = "test_";

    private readonly string _template = $"{Prefix}template_{Environment.ProcessId}";
    private readonly SemaphoreSlim _copying = new(1);
    private int _databases;

    public Task MakeTemplateAsync() =>
        DatabaseMigration.RunAsync(connectionStringFor(_template), CancellationToken.None);

    /// <summary>Creates a migrated database; returns its connection string.</summary>
    public async Task<string> CreateAsync()
    {
        var name = $"{Prefix}{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await _copying.WaitAsync();
        try
        {
            // Copying files takes half as long as the default, which writes every page to the log.
            await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {_template} STRATEGY file_copy");
        }
        finally
        {
            _copying.Release();
        }

        return connectionStringFor(name);
    }

    public Task DropAsync(string connectionString) =>
        ExecuteAsync($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    public async ValueTask DisposeAsync()
    {
        await ExecuteAsync($"DROP DATABASE IF EXISTS {_template} WITH (FORCE)");
        _copying.Dispose();
    }

    /// <summary>Drops the databases that a killed test run left behind. Call it only when no other run uses the cluster.</summary>
    public async Task DropLeftoversAsync()
    {
        var leftovers = new List<string>();
        await using (var connection = new NpgsqlConnection(Maintenance))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"SELECT datname FROM pg_database WHERE datname LIKE '{Prefix}%'", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                leftovers.Add(reader.GetString(0));
        }

        foreach (var leftover in leftovers)
            await ExecuteAsync($"DROP DATABASE {leftover} WITH (FORCE)");
    }

    private string Maintenance => new NpgsqlConnectionStringBuilder(connectionStringFor("postgres")) { Pooling = false }.ConnectionString;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Maintenance);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
