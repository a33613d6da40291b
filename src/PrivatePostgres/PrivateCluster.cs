namespace CleanMessaging.PrivatePostgres;

/// <summary>
/// A private PostgreSQL server for development and tests. It accepts connections from this machine only, on a port that changes with every
/// start, and its data persists. All processes that start it in the same folder share it, and it stops with the last of them. If that
/// process is killed, the server keeps running until the next process takes it over.
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

    /// <summary>
    /// Whether the cluster was already in use at the start. Its databases and settings are then shared with the other users.
    /// </summary>
    public bool IsShared { get; }

    /// <summary>
    /// Whether this instance has stopped the server: false until it is disposed, and after that if the server has another user.
    /// </summary>
    public bool HasStopped { get; private set; }

    /// <summary>Returns a folder of the current user that the server's account can reach, even when the user is root.</summary>
    /// <param name="name">A plain folder name, for example <c>development</c> or <c>tests</c>.</param>
    public static string DefaultFolder(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name is "." or ".." || name != Path.GetFileName(name))
            throw new ArgumentException($"'{name}' is not the name of a folder.", nameof(name));

        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            return Path.Combine("/var/lib/cleanmessaging", Environment.UserName, name);

        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);

        return Path.Combine(home, "CleanMessaging", name);
    }

    /// <summary>Creates and starts the cluster of the folder if necessary. Returns when it accepts connections.</summary>
    /// <param name="folder">Created if missing. Every PostgreSQL major version has its own data in it.</param>
    /// <param name="settings">
    /// Server settings by name. A server that kept running after its owner was killed reloads those that need no restart;
    /// a server that is in use keeps its own.
    /// </param>
    /// <param name="cancellationToken">A canceled or failed start leaves no process running.</param>
    /// <exception cref="PostgresNotFoundException">No PostgreSQL 15 or newer is installed.</exception>
    /// <exception cref="InvalidOperationException">The server does not start; the message contains the end of its log.</exception>
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

    /// <summary>Returns the connection string of a database. The database need not exist yet; the user may create it.</summary>
    public string ConnectionStringFor(string database) => ClusterServer.ConnectionString(_port, _password, database);

    /// <summary>Stops the cluster if it has no other user. The data stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;

        try
        {
            using var turn = await _locks.TakeTurnAsync(CancellationToken.None);
            _use.Dispose();

            if (_locks.IsInUse())
                return;

            await _server.StopAsync();
            HasStopped = true;
        }
        finally
        {
            _use.Dispose();
        }
    }
}
