using CleanMessaging.Infrastructure.PrivatePostgres;

namespace CleanMessaging.Tests.Support;

/// <summary>One private PostgreSQL for the whole test run, fast rather than durable.</summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private static readonly Dictionary<string, string> _settings = new()
    {
        ["fsync"] = "off",
        ["synchronous_commit"] = "off",
        ["full_page_writes"] = "off",
        ["max_connections"] = "400",
    };

    private IDisposable? _turn;
    private PrivateCluster? _cluster;
    private TestDatabases? _databases;

    public async ValueTask InitializeAsync()
    {
        _turn = await MachineTurn.TakeAsync();
        _cluster = await PrivateCluster.StartAsync(PrivateCluster.DefaultFolder("tests"), _settings);
        _databases = new TestDatabases(_cluster.ConnectionStringFor);
        if (!_cluster.IsShared)
            await _databases.DropLeftoversAsync();

        await _databases.MakeTemplateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_databases is not null)
            await _databases.DisposeAsync();

        if (_cluster is not null)
            await _cluster.DisposeAsync();

        _turn?.Dispose();
    }

    /// <summary>A new migrated database; returns its connection string.</summary>
    internal Task<string> CreateDatabaseAsync() => Databases.CreateAsync();

    internal Task DropDatabaseAsync(string connectionString) => Databases.DropAsync(connectionString);

    private TestDatabases Databases => _databases ?? throw new InvalidOperationException("The cluster is not started.");
}
