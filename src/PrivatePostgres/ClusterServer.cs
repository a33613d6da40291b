using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace CleanMessaging.PrivatePostgres;

/// <summary>
/// Creates, starts, finds and stops the server of a folder. The caller must hold the start/stop lock (<see cref="ClusterLocks"/>).
/// </summary>
internal sealed class ClusterServer(PostgresBinaries binaries, ServerAccount account, ClusterFolder folder, Func<int> choosePort)
{
    public const string User = "postgres";

    private const int Attempts = 5;

    /// <summary>
    /// How long a start or a stop may take. After a crash, PostgreSQL first repeats the changes since its last checkpoint.
    /// </summary>
    private const string TimeoutSeconds = "90";

    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    // A killed server counts as alive until its parent, often a container's first process, has reaped it.
    private static readonly TimeSpan _pauseBetweenAttempts = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns a port of 127.0.0.1 that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string ConnectionString(int port, string password, string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = User,
            Password = password,
            Database = database,
        }.ConnectionString;

    /// <summary>Returns the port of a server that has accepted the password of this folder.</summary>
    /// <param name="settings">The settings of a new server. A running server reloads those that need no restart.</param>
    /// <param name="isInUse">Whether the cluster is in use. A running server then keeps its settings.</param>
    /// <param name="cancellationToken">When canceled, no server is left running that did not run before.</param>
    /// <exception cref="InvalidOperationException">The server did not start; the message contains the end of its log.</exception>
    public async Task<int> EnsureRunningAsync(ClusterSettings settings, bool isInUse, CancellationToken cancellationToken)
    {
        if (!folder.HasData)
            await InitializeAsync(settings.IsDurable, cancellationToken);

        for (var attempt = 1; ; attempt++)
        {
            if (await FindRunningAsync(cancellationToken) is { } running)
            {
                if (!isInUse)
                    await ApplyAsync(settings, running, cancellationToken);

                return running;
            }

            var port = choosePort();
            if (await TryStartAsync(settings, port, cancellationToken))
                return port;

            if (attempt == Attempts)
                throw WithLog($"The private PostgreSQL did not start in {Attempts} attempts");

            await Task.Delay(_pauseBetweenAttempts, cancellationToken);
        }
    }

    /// <summary>Stops the server if it runs. It closes open connections; committed data is on disk.</summary>
    /// <exception cref="InvalidOperationException">The server did not stop.</exception>
    public async Task StopAsync()
    {
        if (Postmaster.FindLive(folder.Data) is null)
            return;

        var fast = await StopAsync("fast");
        if (fast.Succeeded || Postmaster.FindLive(folder.Data) is null)
            return;

        var immediate = await StopAsync("immediate");
        if (!immediate.Succeeded && Postmaster.FindLive(folder.Data) is { } postmaster)
            throw WithLog($"The private PostgreSQL (process {postmaster.ProcessId}) does not stop: {immediate.Output}");
    }

    private async Task InitializeAsync(bool isDurable, CancellationToken cancellationToken)
    {
        folder.RemoveUnfinishedData();

        try
        {
            var passwordFile = await folder.MakePasswordFileAsync(cancellationToken);

            // Both sort by code point, identically on every platform. Windows and older macOS have only C, which knows the case of ASCII
            // letters only.
            if (await TryInitializeAsync("C.UTF-8", passwordFile, isDurable, cancellationToken) is null)
                return;

            if (await TryInitializeAsync("C", passwordFile, isDurable, cancellationToken) is { } failure)
                throw new InvalidOperationException($"initdb failed in {folder.Root}:\n{failure}");
        }
        finally
        {
            folder.RemoveUnfinishedData();
        }
    }

    private async Task<string?> TryInitializeAsync(string locale, string passwordFile, bool isDurable, CancellationToken cancellationToken)
    {
        var unfinished = await folder.MakeUnfinishedDataAsync(cancellationToken);
        string[] durability = isDurable ? [] : ["--no-sync"];

        var result = await account.RunAsync(
            [
                binaries.InitDb, "--pgdata", unfinished, "--username", User, "--pwfile", passwordFile, "--auth", "scram-sha-256",
                "--encoding", "UTF8", "--locale", locale, .. durability,
            ],
            folder.Root,
            cancellationToken);

        if (!result.Succeeded)
            return result.Output;

        // Only this step turns the folder into a cluster: a kill before it leaves nothing that looks like one.
        Directory.Move(unfinished, folder.Data);

        return null;
    }

    private async Task<int?> FindRunningAsync(CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();

        // The server may still be starting or stopping if its parent was killed. It removes postmaster.pid when it exits.
        while (Postmaster.FindLive(folder.Data) is { } postmaster)
        {
            if (postmaster.Port is { } port && await AnswersAsync(port, cancellationToken))
                return port;

            if (waiting.Elapsed > _waitLimit)
                throw WithLog($"PostgreSQL (process {postmaster.ProcessId}) runs on {folder.Data} but does not answer");

            await Task.Delay(_pause, cancellationToken);
        }

        return null;
    }

    private async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        var maintenance = ConnectionString(port, folder.Password, "postgres");
        var unpooled = new NpgsqlConnectionStringBuilder(maintenance) { Pooling = false, Timeout = 5 }.ConnectionString;

        try
        {
            await using var connection = new NpgsqlConnection(unpooled);
            await connection.OpenAsync(cancellationToken);

            return true;
        }
        catch (PostgresException exception) when (exception.SqlState.StartsWith("28", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"PostgreSQL on port {port} does not accept the password in {folder.Root}.", exception);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task ApplyAsync(ClusterSettings settings, int port, CancellationToken cancellationToken)
    {
        await folder.WriteSettingsAsync(settings.Write(port), cancellationToken);
        await PgCtlAsync(["reload"], cancellationToken);
    }

    /// <summary>Returns false if another attempt can succeed.</summary>
    private async Task<bool> TryStartAsync(ClusterSettings settings, int port, CancellationToken cancellationToken)
    {
        await folder.WriteSettingsAsync(settings.Write(port), cancellationToken);
        await folder.BeginLogAsync(cancellationToken);

        // pg_ctl itself is not canceled: a killed pg_ctl could leave an unknown server running.
        var starting = PgCtlAsync(
            ["start", "-l", ClusterFolder.LogName, "-o", $"-c config_file={ClusterFolder.SettingsName}", "-w", "-t", TimeoutSeconds],
            CancellationToken.None);

        try
        {
            var result = await starting.WaitAsync(cancellationToken);
            if (result.Succeeded && await AnswersAsync(port, cancellationToken))
                return true;

            if (HasLostPort() || HasOtherServer())
                return false;

            throw WithLog($"The private PostgreSQL did not start: {result.Output}");
        }
        catch
        {
            await StopStartingAsync(starting);
            throw;
        }
    }

    private bool HasLostPort() => folder.TailOfLog().Contains("could not create any TCP/IP sockets", StringComparison.Ordinal);

    /// <summary>
    /// Returns whether another server holds the lock file: its parent was killed, and it had not written postmaster.pid during the check.
    /// </summary>
    private bool HasOtherServer() =>
        folder.TailOfLog().Contains("lock file \"postmaster.pid\" already exists", StringComparison.Ordinal);

    private async Task StopStartingAsync(Task<ToolResult> starting)
    {
        while (!starting.IsCompleted)
        {
            await StopAsync("immediate");
            await Task.WhenAny(starting, Task.Delay(_pause, CancellationToken.None));
        }

        await StopAsync("immediate");
    }

    private Task<ToolResult> StopAsync(string mode) => PgCtlAsync(["stop", "-m", mode, "-w", "-t", TimeoutSeconds], CancellationToken.None);

    private Task<ToolResult> PgCtlAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        account.RunAsync([binaries.PgCtl, .. arguments, "-s", "-D", ClusterFolder.DataName], folder.Root, cancellationToken);

    private InvalidOperationException WithLog(string what) => new($"{what}\n{folder.Log}:\n{folder.TailOfLog()}");
}
