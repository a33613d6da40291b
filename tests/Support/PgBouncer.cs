using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using CleanMessaging.PrivatePostgres;
using Npgsql;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Runs PgBouncer with the configuration of docs/pgbouncer.ini in front of all databases of a PostgreSQL. A process has one set of session
/// options, so there are two processes: one for requests and one for batches of sends.
/// </summary>
public sealed partial class PgBouncer : IAsyncDisposable
{
    private static readonly string? _program = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "pgbouncer")).FirstOrDefault(File.Exists);

    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(10);

    private readonly string _folder;
    private readonly Process _process;
    private readonly int _port;

    private PgBouncer(string folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        _port = port;
    }

    /// <summary>Whether PgBouncer is installed; tests that need it are skipped without it.</summary>
    public static bool IsInstalled => _program is not null;

    /// <summary>Starts the pooler with the options of one of the document's databases.</summary>
    /// <param name="target">A connection string to any database of the PostgreSQL behind it.</param>
    /// <param name="entry">The database's name in docs/pgbouncer.ini.</param>
    /// <param name="change">A change to the configuration, applied last.</param>
    public static async Task<PgBouncer> StartAsync(string target, string entry, Func<string, string>? change = null)
    {
        var account = await ServerAccount.FindAsync(CancellationToken.None);
        var folder = Directory.CreateTempSubdirectory("pgbouncer").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var file = Path.Combine(folder, "pgbouncer.ini");
        var port = ClusterServer.FreePort();
        var settings = Settings(new NpgsqlConnectionStringBuilder(target), entry, port);
        await File.WriteAllTextAsync(file, change?.Invoke(settings) ?? settings);
        await account.HandOverAsync(file, CancellationToken.None);

        string[] user = account.IsAnother ? ["--user", account.Name] : [];
        var process = Process.Start(
            _program ?? throw new InvalidOperationException("pgbouncer is not installed."), [.. user, "--quiet", file]);
        var pooler = new PgBouncer(folder, process, port);
        await Eventually.TrueAsync(pooler.AnswersAsync, "pgbouncer does not listen.");

        return pooler;
    }

    /// <summary>Returns the connection string of the same database through the pooler.</summary>
    public string ConnectionStringFor(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = _port }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await Signal.SendAsync(_process.Id, Signal.Terminate);

        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(_waitLimit);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>
    /// The document's configuration, for any database of another PostgreSQL on another port; tests make and drop databases faster than a
    /// pooler lets go of them.
    /// </summary>
    private static string Settings(NpgsqlConnectionStringBuilder target, string entry, int port)
    {
        var document = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "pgbouncer.ini"));
        var query = Regex.Match(document, $@"^{entry} = .* (connect_query='.*')$", RegexOptions.Multiline).Groups[1].Value;
        query.ShouldNotBeEmpty(entry);
        document = Databases().Replace(
            document,
            $"[databases]\n* = host={target.Host} port={target.Port} user={target.Username} password={target.Password} {query.Replace("$", "$$", StringComparison.Ordinal)}\n\n[pgbouncer]");

        return document
            .Replace("listen_port = 6432", $"listen_port = {port}", StringComparison.Ordinal)
            .Replace("auth_type = scram-sha-256", "auth_type = any", StringComparison.Ordinal)
            .Replace("auth_file = /etc/pgbouncer/userlist.txt", "server_idle_timeout = 2\nunix_socket_dir =", StringComparison.Ordinal)
            .Replace("max_client_conn = 200", "max_client_conn = 2000", StringComparison.Ordinal);
    }

    private async Task<bool> AnswersAsync()
    {
        _process.HasExited.ShouldBeFalse("pgbouncer has ended.");
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", _port);

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\[databases\].*?\[pgbouncer\]", RegexOptions.Singleline)]
    private static partial Regex Databases();
}
