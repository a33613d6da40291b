using System.Globalization;

namespace CleanMessaging.Tests.Support;

/// <summary>
/// The wall clock of a process that a test starts, moved by libfaketime: the process reads how far from a file at every look at the clock.
/// The clock that time spans are measured by goes on as it is.
/// </summary>
public sealed class FakeTime : IDisposable
{
    private static readonly string[] _folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"];

    private static readonly string? _library = _folders
        .Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1"))
        .FirstOrDefault(File.Exists);

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public FakeTime() => Set(TimeSpan.Zero);

    /// <summary>Whether this machine has the library; without it the tests that need it say so and are skipped.</summary>
    public static bool IsInstalled => _library is not null;

    /// <summary>What the process needs to be started with.</summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["LD_PRELOAD"] = _library,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_NO_CACHE"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    };

    /// <summary>Moves the clock to so far from the machine's; it goes on from there.</summary>
    public void Set(TimeSpan ahead)
    {
        // In one step: who reads half a file reads another time.
        var whole = _file + ".new";
        File.WriteAllText(whole, string.Create(CultureInfo.InvariantCulture, $"{(ahead < TimeSpan.Zero ? "" : "+")}{ahead.TotalSeconds:0}\n"));
        File.Move(whole, _file, overwrite: true);
    }

    public void Dispose() => File.Delete(_file);
}
