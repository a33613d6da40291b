using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>One private PostgreSQL for the whole test run, configured for speed without durability.</summary>
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

    /// <summary>
    /// Whether all servers of the run connect to their databases through PgBouncer; CLEANMESSAGING_PGBOUNCER=1 enables this.
    /// </summary>
    public static bool IsPooled { get; } = Environment.GetEnvironmentVariable("CLEANMESSAGING_PGBOUNCER") == "1";

    /// <summary>The poolers in front of the cluster, if any.</summary>
    internal (PgBouncer Requests, PgBouncer Sends)? Poolers { get; private set; }

    public async ValueTask InitializeAsync()
    {
        _turn = await MachineTurn.TakeAsync();
        _cluster = await PrivateCluster.StartAsync(PrivateCluster.DefaultFolder("tests"), _settings);
        _databases = new TestDatabases(_cluster.ConnectionStringFor);
        if (!_cluster.IsShared)
            await _databases.DropLeftoversAsync();

        await _databases.MakeTemplateAsync();
        if (IsPooled)
        {
            var target = _cluster.ConnectionStringFor("postgres");
            Poolers = (await PgBouncer.StartAsync(target, "cleanmessaging"), await PgBouncer.StartAsync(target, "cleanmessaging_sends"));
        }
    }

    /// <summary>Returns the connection strings of a server for a database: direct, or through the poolers except for migrations.</summary>
    internal IReadOnlyDictionary<string, string?> ConnectionSettings(string connectionString)
    {
        // A test that puts a proxy between a server and its database needs the direct connection.
        var isOfCluster = new NpgsqlConnectionStringBuilder(connectionString).Port
            == new NpgsqlConnectionStringBuilder(_cluster?.ConnectionStringFor("postgres") ?? "").Port;

        return Poolers is { } poolers && isOfCluster
            ? new Dictionary<string, string?>
            {
                ["ConnectionStrings:Messaging"] = Pooled(poolers.Requests, connectionString),
                ["ConnectionStrings:MessagingSends"] = Pooled(poolers.Sends, connectionString),
                ["ConnectionStrings:MessagingMigration"] = connectionString,
            }
            : new Dictionary<string, string?> { ["ConnectionStrings:Messaging"] = connectionString };
    }

    private static string Pooled(PgBouncer pooler, string connectionString) =>
        new NpgsqlConnectionStringBuilder(pooler.ConnectionStringFor(connectionString)) { MaxAutoPrepare = 0 }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (Poolers is { } poolers)
        {
            await poolers.Requests.DisposeAsync();
            await poolers.Sends.DisposeAsync();
        }

        if (_databases is not null)
            await _databases.DisposeAsync();

        if (_cluster is not null)
            await _cluster.DisposeAsync();

        _turn?.Dispose();
    }

    /// <summary>Creates a migrated database; returns its connection string.</summary>
    internal Task<string> CreateDatabaseAsync() => Databases.CreateAsync();

    internal Task DropDatabaseAsync(string connectionString) => Databases.DropAsync(connectionString);

    private TestDatabases Databases => _databases ?? throw new InvalidOperationException("The cluster is not started.");
}
