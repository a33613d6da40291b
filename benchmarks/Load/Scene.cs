using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>A private PostgreSQL server with fsync as in production, and its databases.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private static readonly Dictionary<string, string> _settings = new()
    {
        ["max_connections"] = "200",
        ["shared_buffers"] = "512MB",
        ["max_wal_size"] = "8GB",
        ["checkpoint_timeout"] = "30min",
    };

    private readonly PrivateCluster _cluster;
    private readonly List<string> _databases = [];

    private Scene(PrivateCluster cluster, int postmaster)
    {
        _cluster = cluster;
        Postmaster = postmaster;
    }

    /// <summary>The process id of the PostgreSQL postmaster; the other PostgreSQL processes are its children.</summary>
    public int Postmaster { get; }

    public static async Task<Scene> SetAsync()
    {
        var cluster = await PrivateCluster.StartAsync(PrivateCluster.DefaultFolder("benchmarks"), _settings);
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionStringFor("postgres"));
        await using var command = database.CreateCommand("SELECT pg_backend_pid()");
        var backend = (int)(await command.ExecuteScalarAsync())!;
        var stat = await File.ReadAllTextAsync($"/proc/{backend}/stat");
        var parent = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

        return new Scene(cluster, parent);
    }

    /// <summary>Creates and migrates a database; returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"bench_{Guid.CreateVersion7():N}";
        var connectionString = _cluster.ConnectionStringFor(name);
        await Seed.MigrateAsync(connectionString);
        _databases.Add(name);

        return connectionString;
    }

    /// <summary>Runs VACUUM ANALYZE and CHECKPOINT, so that the database is in the state that it has after some time of use.</summary>
    public static async Task SettleAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 0 }.ConnectionString);
        await using var vacuum = database.CreateCommand("VACUUM ANALYZE");
        await vacuum.ExecuteNonQueryAsync();
        await using var checkpoint = database.CreateCommand("CHECKPOINT");
        await checkpoint.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await using (var database = NpgsqlDataSource.Create(_cluster.ConnectionStringFor("postgres")))
        {
            foreach (var name in _databases)
            {
                await using var drop = database.CreateCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                await drop.ExecuteNonQueryAsync();
            }
        }

        await _cluster.DisposeAsync();
    }
}
