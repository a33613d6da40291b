using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;

namespace CleanMessaging.PrivatePostgres;

/// <summary>The program folder of an installed PostgreSQL, with symbolic links resolved, and its major version.</summary>
internal sealed partial record PostgresBinaries(string Folder, int Major)
{
    /// <summary>The oldest major version that the product's migrations are tested with.</summary>
    public const int OldestMajor = 15;

    private static readonly string[] _programs = ["initdb", "pg_ctl", "postgres"];

    public string InitDb => Program(Folder, "initdb");

    public string PgCtl => Program(Folder, "pg_ctl");

    /// <summary>
    /// Finds the first installation on PATH that is new enough, because PATH is the user's choice; otherwise the newest one in the usual
    /// install folders.
    /// </summary>
    /// <exception cref="PostgresNotFoundException"/>
    public static Task<PostgresBinaries> FindAsync(CancellationToken cancellationToken) =>
        FindAsync(FoldersOnPath(), InstallFolders(), cancellationToken);

    internal static async Task<PostgresBinaries> FindAsync(
        IEnumerable<string> foldersOnPath, IEnumerable<string> installFolders, CancellationToken cancellationToken)
    {
        var onPath = await ReadAsync(foldersOnPath, cancellationToken);
        if (onPath.Find(IsNewEnough) is { } chosen)
            return chosen;

        var installed = await ReadAsync(installFolders, cancellationToken);
        if (installed.Where(IsNewEnough).MaxBy(binaries => binaries.Major) is { } newest)
            return newest;

        throw new PostgresNotFoundException(
            [.. onPath.Concat(installed).Distinct().Select(binaries => $"PostgreSQL {binaries.Major} in {binaries.Folder}")]);
    }

    private static bool IsNewEnough(PostgresBinaries binaries) => binaries.Major >= OldestMajor;

    private static async Task<List<PostgresBinaries>> ReadAsync(IEnumerable<string> folders, CancellationToken cancellationToken)
    {
        var complete = folders.Where(IsComplete).Select(Resolve).Where(IsComplete).Distinct();
        var found = new List<PostgresBinaries>();

        foreach (var folder in complete)
        {
            if (await ReadMajorAsync(folder, cancellationToken) is { } major)
                found.Add(new PostgresBinaries(folder, major));
        }

        return found;
    }

    private static bool IsComplete(string folder) => Array.TrueForAll(_programs, name => File.Exists(Program(folder, name)));

    /// <summary>
    /// Resolves links: a program in /usr/local/bin or /opt/homebrew/bin is often a link, and its companion programs are next to the target.
    /// </summary>
    private static string Resolve(string folder)
    {
        var program = Program(folder, "postgres");
        var target = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(program);

        return Path.GetDirectoryName(target)!;
    }

    private static async Task<int?> ReadMajorAsync(string folder, CancellationToken cancellationToken)
    {
        try
        {
            var version = await Tool.RunAsync([Program(folder, "postgres"), "--version"], folder, cancellationToken);
            var match = MajorVersion().Match(version.Output);

            return match.Success ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;
        }
        catch (Win32Exception)
        {
            // Built for another processor, or not executable by this user: treated as not installed.
            return null;
        }
    }

    private static string Program(string folder, string name) =>
        Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static string[] FoldersOnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IEnumerable<string> InstallFolders()
    {
        if (OperatingSystem.IsWindows())
            return Versions(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*");

        return
        [
            .. Versions("/usr/lib/postgresql", "*"),
            .. Versions("/usr", "pgsql-*"),
            "/usr/bin",
            .. Versions("/opt/homebrew/opt", "postgresql*"),
            .. Versions("/usr/local/opt", "postgresql*"),
        ];
    }

    private static IEnumerable<string> Versions(string parent, string pattern) =>
        Directory.Exists(parent) ? Directory.EnumerateDirectories(parent, pattern).Select(folder => Path.Combine(folder, "bin")) : [];

    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 19devel"
    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex MajorVersion();
}
