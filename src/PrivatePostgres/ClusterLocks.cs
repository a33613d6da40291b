using System.Diagnostics;

namespace CleanMessaging.PrivatePostgres;

/// <summary>
/// The locks of a cluster's folder: who may start or stop the cluster, and who uses it, across all processes of the machine and within one
/// process. Both are locks on open files (flock on Unix), so the operating system releases them when their process ends in any way.
/// </summary>
internal sealed class ClusterLocks(string folder)
{
    // Longer than any start or stop takes, including a start with initdb.
    private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(25);

    // EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] _lockedByAnother = [11, 35, unchecked((int)0x80070020)];

    private string TurnFile => Path.Combine(folder, "turn.lock");

    private string UseFile => Path.Combine(folder, "use.lock");

    /// <summary>Waits until no other caller starts or stops the cluster. Dispose the result to release the lock.</summary>
    /// <exception cref="TimeoutException">Another caller has held the lock for 90 seconds.</exception>
    public async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();

        while (true)
        {
            if (TryOpenExclusively(TurnFile) is { } turn)
                return turn;

            if (waiting.Elapsed > _waitLimit)
                throw new TimeoutException($"Another process has held {TurnFile} for {_waitLimit.TotalSeconds:0} seconds.");

            await Task.Delay(_pause, cancellationToken);
        }
    }

    /// <summary>Counts as a user until the result is disposed. The caller must hold the start/stop lock.</summary>
    public IDisposable Use() => Open(UseFile, FileAccess.Read, FileShare.Read);

    /// <summary>Returns whether any process, including this one, uses the cluster. The caller must hold the start/stop lock.</summary>
    public bool IsInUse()
    {
        using var opened = TryOpenExclusively(UseFile);

        return opened is null;
    }

    private static FileStream? TryOpenExclusively(string path)
    {
        try
        {
            return Open(path, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (_lockedByAnother.Contains(exception.HResult))
        {
            return null;
        }
    }

    private static FileStream Open(string path, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = access, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        return new FileStream(path, options);
    }
}
