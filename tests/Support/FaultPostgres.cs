using System.Diagnostics;
using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// A durable PostgreSQL (fsync on) that can be stopped abruptly and restarted on the same port. Its temporary folder is deleted
/// with it.
/// </summary>
public sealed class FaultPostgres : IAsyncLifetime
{
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(60);

    private static readonly Dictionary<string, string> _settings = new() { ["max_connections"] = "200", ["shared_buffers"] = "64MB" };

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly int _port = ClusterServer.FreePort();
    private IDisposable? _turn;
    private PrivateCluster? _cluster;
    private TestDatabases? _databases;

    public async ValueTask InitializeAsync()
    {
        _turn = await MachineTurn.TakeAsync();
        _cluster = await StartClusterAsync();
        _databases = new TestDatabases(_cluster.ConnectionStringFor);
        await _databases.MakeTemplateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_databases is not null)
            await _databases.DisposeAsync();

        if (_cluster is not null)
            await _cluster.DisposeAsync();

        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);

        _turn?.Dispose();
    }

    /// <summary>Creates a migrated database; returns its connection string.</summary>
    public Task<string> CreateDatabaseAsync() => Databases.CreateAsync();

    /// <summary>Stops the server like <c>pg_ctl stop -m immediate</c>: all its processes exit immediately, without a checkpoint.</summary>
    public async Task StopImmediatelyAsync()
    {
        var processId = ProcessId ?? throw new InvalidOperationException("The server does not run.");
        await Signal.SendAsync(processId, Signal.Quit);
        var waiting = Stopwatch.StartNew();
        while (ProcessId is not null)
        {
            waiting.Elapsed.ShouldBeLessThan(_waitLimit, "PostgreSQL does not stop");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Restarts the server on the same port after a stop, and recovers all committed data.</summary>
    public async Task StartAgainAsync()
    {
        // The first handle keeps the folder in use, so disposing this one does not stop the server.
        await using var again = await StartClusterAsync();
    }

    /// <summary>Suspends every process of the server until the result is disposed.</summary>
    public Task<FrozenProcesses> FreezeAsync() =>
        FrozenProcesses.FreezeAsync(ProcessId ?? throw new InvalidOperationException("The server does not run."));

    private Task<PrivateCluster> StartClusterAsync() => PrivateCluster.StartAsync(_folder, _settings, () => _port, CancellationToken.None);

    private int? ProcessId =>
        Postmaster.FindLive(Path.Combine(Directory.GetDirectories(_folder).ShouldHaveSingleItem(), "data"))?.ProcessId;

    private TestDatabases Databases => _databases ?? throw new InvalidOperationException("The cluster is not started.");
}
