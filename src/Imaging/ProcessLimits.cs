using System.Runtime.InteropServices;

namespace CleanMessaging.Imaging;

/// <summary>Takes from this process what it does not need. A decoder that is taken over by a file then has less to misuse.</summary>
internal static class ProcessLimits
{
    private const int Niceness = 5;

    /// <summary>The numbers of Linux and macOS.</summary>
    private const int FileSize = 1;

    private const int CoreSize = 4;

    /// <summary>
    /// Lowers the priority below that of the server, and forbids to write files and memory dumps. Results are ignored: the limits are an
    /// additional protection.
    /// </summary>
    public static void Apply()
    {
        if (OperatingSystem.IsWindows())
            return;

        _ = SetPriority(0, 0, Niceness);
        var none = new Limit(0, 0);
        _ = SetLimit(FileSize, in none);
        _ = SetLimit(CoreSize, in none);
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int who, int priority);

    [DllImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit(ulong current, ulong max)
    {
        public readonly ulong Current = current;
        public readonly ulong Max = max;
    }
}
