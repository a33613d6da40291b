namespace CleanMessaging.Infrastructure.PrivatePostgres;

/// <summary>
/// A PostgreSQL of our own for development and for tests: reachable from this machine alone, on a port that changes with every start,
/// with data that stays. All processes that start it in the same folder share it, and it stops with the last of them; when that one
/// was killed, the server runs on until the next takes it over.
/// </summary>
public sealed class PrivateCluster : IAsyncDisposable
{
    private readonly ClusterServer _server;
    private readonly ClusterLocks _locks;
    private readonly IDisposable _use;
    private readonly int _port;
    private readonly string _password;
    private int _disposed;

    private PrivateCluster(ClusterServer server, ClusterLocks locks, IDisposable use, int port, string password, bool isShared)
    {
        _server = server;
        _locks = locks;
        _use = use;
        _port = port;
        _password = password;
        IsShared = isShared;
    }

    /// <summary>Whether somebody else used the cluster already when we came: its databases and settings are then theirs too.</summary>
    public bool IsShared { get; }

    /// <summary>A folder of the current user's that the server's account can reach, also when the user is root.</summary>
    /// <param name="name">A plain folder name: <c>development</c>, <c>tests</c>.</param>
    public static string DefaultFolder(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name is "." or ".." || name != Path.GetFileName(name))
            throw new ArgumentException($"'{name}' is not the name of a folder.", nameof(name));

        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            return Path.Combine("/var/lib/cleanmessaging", Environment.UserName, name);

        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);

        return Path.Combine(home, "CleanMessaging", name);
    }

    /// <summary>Returns when the cluster in the folder accepts connections, made and started where needed.</summary>
    /// <param name="folder">Made when missing. Every PostgreSQL major version has its own data in it.</param>
    /// <param name="settings">
    /// Server settings, name and value. A server that runs on after its owner was killed takes those that need no restart;
    /// one that somebody uses keeps its own.
    /// </param>
    /// <param name="cancellationToken">A canceled or failed start leaves no process behind.</param>
    /// <exception cref="PostgresNotFoundException">No PostgreSQL 15 or newer is installed.</exception>
    /// <exception cref="InvalidOperationException">The server does not start; the message has the end of its log.</exception>
    /// <exception cref="TimeoutException">Another process has been starting or stopping the cluster for 90 seconds.</exception>
    public static Task<PrivateCluster> StartAsync(
        string folder, IReadOnlyDictionary<string, string>? settings = null, CancellationToken cancellationToken = default) =>
        StartAsync(folder, settings, ClusterServer.FreePort, cancellationToken);

    internal static async Task<PrivateCluster> StartAsync(
        string folder, IReadOnlyDictionary<string, string>? settings, Func<int> choosePort, CancellationToken cancellationToken)
    {
        var clusterSettings = new ClusterSettings(settings ?? new Dictionary<string, string>());
        var binaries = await PostgresBinaries.FindAsync(cancellationToken);
        var account = await ServerAccount.FindAsync(cancellationToken);
        var clusterFolder = await ClusterFolder.OpenAsync(folder, binaries.Major, account, cancellationToken);
        var server = new ClusterServer(binaries, account, clusterFolder, choosePort);
        var locks = new ClusterLocks(clusterFolder.Root);

        using var turn = await locks.TakeTurnAsync(cancellationToken);
        var isShared = locks.IsInUse();
        var port = await server.EnsureRunningAsync(clusterSettings, isShared, cancellationToken);

        return new PrivateCluster(server, locks, locks.Use(), port, clusterFolder.Password, isShared);
    }

    /// <summary>The database need not exist yet; the user may create it.</summary>
    public string ConnectionStringFor(string database) => ClusterServer.ConnectionString(_port, _password, database);

    /// <summary>Stops the cluster when nobody else uses it. The data stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;

        try
        {
            using var turn = await _locks.TakeTurnAsync(CancellationToken.None);
            _use.Dispose();

            if (!_locks.IsInUse())
                await _server.StopAsync();
        }
        finally
        {
            _use.Dispose();
        }
    }
}
