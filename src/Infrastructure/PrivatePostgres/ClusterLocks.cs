using System.Diagnostics;

namespace CleanMessaging.Infrastructure.PrivatePostgres;

/// <summary>
/// Who may start or stop the cluster of a folder, and who uses it, over all processes of the machine and within one.
/// Both are locks on open files (flock on Unix): the operating system drops them when their process dies, however it dies.
/// </summary>
internal sealed class ClusterLocks(string folder)
{
    // Longer than any start or stop takes, a start with initdb included.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(25);

    // EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] _lockedByAnother = [11, 35, unchecked((int)0x80070020)];

    private string TurnFile => Path.Combine(folder, "turn.lock");

    private string UseFile => Path.Combine(folder, "use.lock");

    /// <summary>Waits until nobody else starts or stops the cluster; dispose the result to let the next one.</summary>
    /// <exception cref="TimeoutException">Somebody else has been at it for 90 seconds.</exception>
    public async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();

        while (true)
        {
            if (TryOpenAlone(TurnFile) is { } turn)
                return turn;

            if (waiting.Elapsed > _patience)
                throw new TimeoutException($"Another process has held {TurnFile} for {_patience.TotalSeconds:0} seconds.");

            await Task.Delay(_pause, cancellationToken);
        }
    }

    /// <summary>Counts as a user until the result is disposed. Only for who has the turn.</summary>
    public IDisposable Use() => Open(UseFile, FileAccess.Read, FileShare.Read);

    /// <summary>Whether anybody, this process included, uses the cluster. Only for who has the turn.</summary>
    public bool IsInUse()
    {
        using var alone = TryOpenAlone(UseFile);

        return alone is null;
    }

    private static FileStream? TryOpenAlone(string path)
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
