using System.Runtime.InteropServices;

namespace CleanMessaging.Imaging;

/// <summary>
/// Restricts the files that this thread, and what it starts, can use (Landlock, from Linux 5.13 on). A restricted process also cannot trace
/// or read processes that are not restricted, connect by TCP or send signals, as far as the kernel knows these.
/// </summary>
internal static class LandlockRuleset
{
    // The numbers are those of x64 and ARM64.
    private const nint CreateRuleset = 444;
    private const nint AddRule = 445;
    private const nint RestrictSelf = 446;

    private const uint AskForVersion = 1;
    private const int PathBeneath = 1;
    private const int OnlyAPath = 0x200000;
    private const int CloseOnExecute = 0x80000;
    private const int AccessDenied = 13;

    private const ulong Execute = 1 << 0;
    private const ulong ReadFile = 1 << 2;
    private const ulong ReadFolder = 1 << 3;

    /// <summary>
    /// Whether files are restricted, which the process finds out by an attempt: it reads the root of the file system, which every account
    /// can read.
    /// </summary>
    public static bool IsActive
    {
        get
        {
            var file = Open("/", CloseOnExecute);
            if (file < 0)
                return Marshal.GetLastPInvokeError() == AccessDenied;

            _ = Close(file);

            return false;
        }
    }

    /// <param name="readable">The files and folders that can be read; all others cannot, and none can be written.</param>
    public static void Restrict(IEnumerable<string> readable)
    {
        var version = (int)CallToCreate(CreateRuleset, IntPtr.Zero, 0, AskForVersion);
        if (version < 1)
            return;

        var handled = Rights.OfVersion(version);
        var ruleset = (int)CallToCreate(CreateRuleset, ref handled, Rights.SizeOfVersion(version), 0);
        if (ruleset < 0)
            return;

        foreach (var path in readable)
            Allow(ruleset, path);

        _ = Call(RestrictSelf, ruleset, 0);
        _ = Close(ruleset);
    }

    private static void Allow(int ruleset, string path)
    {
        var file = Open(path, OnlyAPath | CloseOnExecute);
        if (file < 0)
            return;

        var rule = new Rule(Directory.Exists(path) ? Execute | ReadFile | ReadFolder : ReadFile, file);
        _ = CallToAdd(AddRule, ruleset, PathBeneath, ref rule, 0);
        _ = Close(file);
    }

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint CallToCreate(nint number, IntPtr rights, nuint size, uint flags);

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint CallToCreate(nint number, ref Rights rights, nuint size, uint flags);

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint CallToAdd(nint number, nint ruleset, nint type, ref Rule rule, uint flags);

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Call(nint number, nint ruleset, uint flags);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);

    /// <summary>The rights that exist in a version of Landlock. All that no rule allows are denied.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Rights(ulong files, ulong network, ulong scopes)
    {
        public readonly ulong Files = files;
        public readonly ulong Network = network;
        public readonly ulong Scopes = scopes;

        public static Rights OfVersion(int version)
        {
            var files = version switch { 1 => 13, 2 => 14, 3 or 4 => 15, _ => 16 };

            return new Rights((1UL << files) - 1, version >= 4 ? 3UL : 0, version >= 6 ? 3UL : 0);
        }

        public static nuint SizeOfVersion(int version) => (nuint)sizeof(ulong) * version switch { < 4 => 1, < 6 => 2, _ => 3 };
    }

    /// <summary>The rights below a path. The kernel packs both.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly struct Rule(ulong allowed, int path)
    {
        public readonly ulong Allowed = allowed;
        public readonly int Path = path;
    }
}
