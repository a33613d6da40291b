using System.Diagnostics;
using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>A primary and a synchronous standby, both with fsync on, in temporary folders that are deleted with them.</summary>
public sealed class ReplicatedPostgres : IAsyncDisposable
{
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(20);

    private static readonly Dictionary<string, string> _settings = new()
    {
        ["max_connections"] = "200",
        ["shared_buffers"] = "64MB",
        ["wal_keep_size"] = "512MB",
        ["wal_receiver_status_interval"] = "1s",
    };

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly int _primaryPort = ClusterServer.FreePort();
    private readonly int _standbyPort = ClusterServer.FreePort();
    private PrivateCluster? _primary;
    private PrivateCluster? _standby;

    private ReplicatedPostgres()
    {
    }

    /// <summary>Starts both servers, and returns when replication is synchronous.</summary>
    public static async Task<ReplicatedPostgres> StartAsync()
    {
        var postgres = new ReplicatedPostgres();
        try
        {
            await postgres.StartBothAsync();

            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>The connection string with both hosts that selects the current primary, as configured for a failover.</summary>
    public string ConnectionStringFor(string database) => new NpgsqlConnectionStringBuilder(Primary.ConnectionStringFor(database))
    {
        Host = $"127.0.0.1:{_primaryPort},127.0.0.1:{_standbyPort}",
        TargetSessionAttributes = "primary",
        HostRecheckSeconds = 1,
    }.ConnectionString;

    /// <summary>Suspends the standby, which stops confirming commits; the primary continues.</summary>
    public Task<FrozenProcesses> FreezeStandbyAsync() => FrozenProcesses.FreezeAsync(ProcessId("standby"));

    /// <summary>Stops the primary as in a power failure.</summary>
    public Task KillPrimaryAsync() => Signal.SendAsync(ProcessId("primary"), Signal.Quit);

    /// <summary>Promotes the standby; returns when it accepts writes.</summary>
    public async Task PromoteAsync()
    {
        await using var connection = new NpgsqlConnection(Unpooled(Standby.ConnectionStringFor("postgres")));
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await connection.OpenAsync(TestContext.Current.CancellationToken);

                    return true;
                }
                catch (PostgresException)
                {
                    // The server is in recovery.
                    return false;
                }
            },
            "The standby does not answer.");
        await using var promote = new NpgsqlCommand("SELECT pg_promote(true, 20)", connection);
        ((bool)(await promote.ExecuteScalarAsync(TestContext.Current.CancellationToken))!).ShouldBeTrue("the standby was not promoted");
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_standby is not null)
            await _standby.DisposeAsync();

        if (_primary is not null)
            await _primary.DisposeAsync();

        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private PrivateCluster Primary => _primary ?? throw new InvalidOperationException("The primary is not started.");

    private PrivateCluster Standby => _standby ?? throw new InvalidOperationException("The standby is not started.");

    private async Task StartBothAsync()
    {
        _primary = await PrivateCluster.StartAsync(FolderOf("primary"), _settings, () => _primaryPort, CancellationToken.None);
        await CopyPrimaryAsync();
        _standby = await PrivateCluster.StartAsync(FolderOf("standby"), _settings, () => _standbyPort, CancellationToken.None);

        await using var connection = new NpgsqlConnection(Unpooled(_primary.ConnectionStringFor("postgres")));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var sql in (string[])["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"])
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var isSynchronous = new NpgsqlCommand("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", connection);
        var waiting = Stopwatch.StartNew();
        while ((long)(await isSynchronous.ExecuteScalarAsync(TestContext.Current.CancellationToken))! == 0)
        {
            waiting.Elapsed.ShouldBeLessThan(_waitLimit, "The standby does not follow.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Creates the standby's data with a base backup of the running primary, including the replication settings.</summary>
    private async Task CopyPrimaryAsync()
    {
        var binaries = await PostgresBinaries.FindAsync(CancellationToken.None);
        var account = await ServerAccount.FindAsync(CancellationToken.None);
        var folder = await ClusterFolder.OpenAsync(FolderOf("standby"), binaries.Major, account, CancellationToken.None);
        var data = await folder.MakeUnfinishedDataAsync(CancellationToken.None);
        var primary = new NpgsqlConnectionStringBuilder(Primary.ConnectionStringFor("postgres"));
        var copied = await account.RunAsync(
            [
                Path.Combine(binaries.Folder, "pg_basebackup"),
                "--pgdata",
                data,
                "--write-recovery-conf",
                "--checkpoint",
                "fast",
                "--no-sync",
                "--dbname",
                $"host=127.0.0.1 port={_primaryPort} user={primary.Username} password={primary.Password} application_name=standby",
            ],
            folder.Root,
            CancellationToken.None);
        copied.Succeeded.ShouldBeTrue(copied.Output);
        Directory.Move(data, folder.Data);

        // The copied server has the primary's password.
        var passwordFile = Path.Combine(folder.Root, "password");
        File.Copy(Path.Combine(FolderOf("primary"), $"{binaries.Major}", "password"), passwordFile);
        await account.HandOverAsync(passwordFile, CancellationToken.None);
    }

    private int ProcessId(string name)
    {
        var data = Path.Combine(Directory.GetDirectories(FolderOf(name)).ShouldHaveSingleItem(), "data");

        return Postmaster.FindLive(data)?.ProcessId ?? throw new InvalidOperationException($"The {name} does not run.");
    }

    private string FolderOf(string name) => Path.Combine(_folder, name);

    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
}
