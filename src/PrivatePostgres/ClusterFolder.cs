using System.Security.Cryptography;
using System.Text;

namespace CleanMessaging.PrivatePostgres;

/// <summary>
/// The layout of a cluster's folder. Everything is in a subfolder named for PostgreSQL's major version, because no version reads the data
/// of another. The current user owns everything except the data: the server's account can enter the folder, but cannot place a link where
/// this process writes.
/// </summary>
internal sealed class ClusterFolder
{
    // Relative to Root, the working directory of all programs: pg_ctl passes its arguments to a shell, and special characters of a folder
    // name must not reach it.
    public const string DataName = "data";
    public const string LogName = "server.log";
    public const string SettingsName = "settings.conf";

    private const string PasswordName = "password";
    private const int LinesOfTail = 15;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode ReadableByAll = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode PassableFolder = OwnerOnlyFolder | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly ServerAccount _account;

    private ClusterFolder(string path, ServerAccount account)
    {
        Root = path;
        _account = account;
    }

    public string Root { get; }

    public string Data => In(DataName);

    public string Log => In(LogName);

    /// <summary>
    /// Whether the data folder is complete. It gets its name when initdb has finished; PostgreSQL would reject a folder without PG_VERSION
    /// anyway.
    /// </summary>
    public bool HasData => File.Exists(Path.Combine(Data, "PG_VERSION"));

    public string Password => File.ReadAllText(In(PasswordName)).Trim();

    /// <summary>Creates the folder if it does not exist. The modes of an existing folder stay unchanged.</summary>
    /// <exception cref="InvalidOperationException">The server's account cannot reach it.</exception>
    public static async Task<ClusterFolder> OpenAsync(string folder, int major, ServerAccount account, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetFullPath(folder), $"{major}");
        MakeFolder(path, account.IsAnother ? PassableFolder : OwnerOnlyFolder);

        if (account.IsAnother && !(await account.RunAsync(["/bin/sh", "-c", """cd -- "$0" """, path], "/", cancellationToken)).Succeeded)
        {
            throw new InvalidOperationException(
                $"PostgreSQL runs as {account.Name}, and this account cannot enter {path}: choose another folder, or allow access to its parents (chmod o+x).");
        }

        return new ClusterFolder(path, account);
    }

    /// <summary>Creates a new random password and its file, which only its owner can read.</summary>
    public async Task<string> MakePasswordFileAsync(CancellationToken cancellationToken)
    {
        var path = In(PasswordName);
        File.Delete(path);
        await WriteAsync(path, RandomNumberGenerator.GetHexString(48, lowercase: true), OwnerOnly, cancellationToken);
        await _account.HandOverAsync(path, cancellationToken);

        return path;
    }

    /// <summary>
    /// Creates an empty folder for initdb. It never reuses an earlier one, because an initdb whose parent was killed may still write there.
    /// </summary>
    public async Task<string> MakeUnfinishedDataAsync(CancellationToken cancellationToken)
    {
        var path = In($"{DataName}.unfinished-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        MakeFolder(path, OwnerOnlyFolder);
        await _account.HandOverAsync(path, cancellationToken);

        return path;
    }

    /// <summary>Removes the folders of unfinished initdb runs.</summary>
    public void RemoveUnfinishedData()
    {
        var unfinished = Directory.GetDirectories(Root, $"{DataName}.unfinished-*");

        foreach (var path in HasData ? unfinished : unfinished.Append(Data))
        {
            try
            {
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
            }
            catch (IOException) when (path != Data)
            {
                // An orphaned initdb still writes there. The folder is not used, and the next initdb removes it.
            }
        }
    }

    public async Task WriteSettingsAsync(string settings, CancellationToken cancellationToken) =>
        await WriteAsync(In(SettingsName), settings, ReadableByAll, cancellationToken);

    /// <summary>Starts an empty log and keeps the previous one, so that there are never more than two.</summary>
    public async Task BeginLogAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(Log))
            File.Move(Log, In("server.previous.log"), overwrite: true);

        await WriteAsync(Log, "", OwnerOnly, cancellationToken);
        await _account.HandOverAsync(Log, cancellationToken);
    }

    /// <summary>The last lines of the server's log, for error messages.</summary>
    public string TailOfLog()
    {
        if (!File.Exists(Log))
            return "(no log)";

        using var log = new StreamReader(new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

        return string.Join('\n', log.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(LinesOfTail));
    }

    private string In(string name) => Path.Combine(Root, name);

    private static async Task WriteAsync(string path, string text, UnixFileMode mode, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;

        await using (var file = new FileStream(path, options))
        {
            await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            file.Flush(flushToDisk: true);
        }

        // Restores the permissions that the umask has removed.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    private static void MakeFolder(string path, UnixFileMode mode)
    {
        if (Directory.Exists(path))
            return;

        if (Path.GetDirectoryName(path) is { } parent)
            MakeFolder(parent, mode);

        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
