using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// One private PostgreSQL for the whole test run, and in it a migrated database to copy: each server under test gets a copy of
/// its own, so that tests are kept apart by databases.
/// </summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private const string DatabasePrefix = "test_";

    private static readonly Dictionary<string, string> _settings = new()
    {
        ["fsync"] = "off",
        ["synchronous_commit"] = "off",
        ["full_page_writes"] = "off",
        ["max_connections"] = "400",
    };

    private readonly string _template = $"{DatabasePrefix}template_{Environment.ProcessId}";
    private readonly SemaphoreSlim _copying = new(1);
    private PrivateCluster? _cluster;
    private int _databases;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PrivateCluster.StartAsync(PrivateCluster.DefaultFolder("tests"), _settings);
        if (!_cluster.IsShared)
            await DropLeftoversAsync();

        await DatabaseMigration.RunAsync(Cluster.ConnectionStringFor(_template), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is null)
            return;

        await ExecuteAsync($"DROP DATABASE IF EXISTS {_template} WITH (FORCE)");
        await _cluster.DisposeAsync();
    }

    /// <summary>A new migrated database; returns its connection string.</summary>
    internal async Task<string> CreateDatabaseAsync()
    {
        var name = $"{DatabasePrefix}{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await _copying.WaitAsync();
        try
        {
            await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {_template}");
        }
        finally
        {
            _copying.Release();
        }

        return Cluster.ConnectionStringFor(name);
    }

    internal Task DropDatabaseAsync(string connectionString) =>
        ExecuteAsync($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    private PrivateCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster is not started.");

    private async Task DropLeftoversAsync()
    {
        await using var connection = new NpgsqlConnection(Unpooled("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT datname FROM pg_database WHERE datname LIKE '{DatabasePrefix}%'", connection);
        var leftovers = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                leftovers.Add(reader.GetString(0));
        }

        foreach (var leftover in leftovers)
            await ExecuteAsync($"DROP DATABASE {leftover} WITH (FORCE)");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Unpooled("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private string Unpooled(string database) =>
        new NpgsqlConnectionStringBuilder(Cluster.ConnectionStringFor(database)) { Pooling = false }.ConnectionString;
}
