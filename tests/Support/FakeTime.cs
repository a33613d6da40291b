using System.Globalization;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// Shifts the wall clock of a process that a test starts, with libfaketime. The process reads the offset from a file each time it reads the
/// clock. The monotonic clock is not changed.
/// </summary>
public sealed class FakeTime : IDisposable
{
    private static readonly string[] _folders =
        ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"];

    private static readonly string? _library = _folders
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists);

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public FakeTime() => Set(TimeSpan.Zero);

    /// <summary>Whether this machine has the library; tests that need it are skipped without it.</summary>
    public static bool IsInstalled => _library is not null;

    /// <summary>The environment variables that the process must be started with.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["LD_PRELOAD"] = _library,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_NO_CACHE"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Sets the offset from the machine's clock; the clock continues to run from there.</summary>
    public void Set(TimeSpan ahead)
    {
        // Replaces the file atomically, because a partly written file would contain another time.
        var whole = _file + ".new";
        File.WriteAllText(
            whole, string.Create(CultureInfo.InvariantCulture, $"{(ahead < TimeSpan.Zero ? "" : "+")}{ahead.TotalSeconds:0}\n"));
        File.Move(whole, _file, overwrite: true);
    }

    public void Dispose() => File.Delete(_file);
}
