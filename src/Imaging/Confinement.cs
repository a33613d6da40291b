using System.Runtime.InteropServices;
using System.Text;

namespace CleanMessaging.Imaging;

/// <summary>
/// Confines this process on Linux before it reads the first file: it can read its program and libraries only, write nothing, open no
/// connection, start no process, and not look into another process of the same account, such as the server.
/// </summary>
/// <remarks>
/// The confinement applies to the thread that asks for it and to what it starts. The threads of .NET already run then, so the process
/// executes itself again, and all threads of the new program are confined. What the kernel does not support is left out, because the
/// program also runs without confinement on other platforms. The greeting states what was reached, and the server logs what is missing.
/// </remarks>
internal static class Confinement
{
    /// <summary>The argument of the confined program.</summary>
    public const string Argument = "confined";

    private const int SetNoNewPrivileges = 38;

    /// <summary>
    /// Returns what is in force, as the last character of the greeting: 1 for files and system calls, 2 for system calls only, 3 for files
    /// only, 4 for nothing.
    /// </summary>
    public static byte Level
    {
        get
        {
            if (!OperatingSystem.IsLinux())
                return (byte)'4';

            return (LandlockRuleset.IsActive, SeccompFilter.IsActive) switch
            {
                (true, true) => (byte)'1',
                (false, true) => (byte)'2',
                (true, false) => (byte)'3',
                _ => (byte)'4',
            };
        }
    }

    /// <summary>Starts the program again, confined. Returns if that is not possible.</summary>
    public static void Restart()
    {
        if (!OperatingSystem.IsLinux())
            return;

        PreferAsVictim();

        // Loads the native library, so that its folder, and those of the libraries it needs, are known.
        _ = NetVips.NetVips.Version(0);
        var folders = Folders();
        _ = Control(SetNoNewPrivileges, 1, 0, 0, 0);
        DropCapabilities();
        LandlockRuleset.Restrict(folders);
        SeccompFilter.Restrict();
        Execute([.. CommandLine(), Argument]);
    }

    /// <summary>When memory is short, the kernel ends this process rather than the server or the database.</summary>
    private static void PreferAsVictim()
    {
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The kernel chooses by itself.
        }
    }

    /// <summary>Returns the folders of the program, of .NET, which has executed it, and of all that is loaded now.</summary>
    private static HashSet<string> Folders()
    {
        var folders = new HashSet<string>(StringComparer.Ordinal)
        {
            AppContext.BaseDirectory,
            Path.GetDirectoryName(Environment.ProcessPath)!,
        };
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            if (line.IndexOf('/', StringComparison.Ordinal) is > 0 and var at && !line.EndsWith(" (deleted)", StringComparison.Ordinal))
                folders.Add(Path.GetDirectoryName(line[at..])!);
        }

        // What .NET reads at its start, about its own process and the machine.
        folders.UnionWith(["/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/sys"]);
        folders.UnionWith(["/sys/fs/cgroup", "/sys/devices/system", "/etc/ld.so.cache", "/dev/urandom"]);

        return folders;
    }

    /// <summary>A server in a container often runs as root. Its image processes do not need what root may do.</summary>
    private static void DropCapabilities()
    {
        // The version with 64 bits, of this thread; then effective, permitted and inheritable ones, each in two halves.
        const int Version = 0x20080522;

        _ = SetCapabilities([Version, 0], new int[6]);
    }

    private static string[] CommandLine() => File.ReadAllText("/proc/self/cmdline").TrimEnd('\0').Split('\0');

    private static void Execute(string[] command)
    {
        var arguments = new IntPtr[command.Length + 1];
        for (var index = 0; index < command.Length; index++)
            arguments[index] = Marshal.StringToCoTaskMemUTF8(command[index]);

        _ = ExecuteFile(Encoding.UTF8.GetBytes("/proc/self/exe\0"), arguments);
    }

    [DllImport("libc", EntryPoint = "prctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [DllImport("libc", EntryPoint = "capset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetCapabilities(int[] header, int[] sets);

    [DllImport("libc", EntryPoint = "execv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ExecuteFile(byte[] path, IntPtr[] arguments);
}
