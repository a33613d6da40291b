using System.Diagnostics;

namespace CleanMessaging.Application.Storage;

/// <summary>
/// The time that one request has in the database, and how far its commit has come. It keeps a caller from waiting for a database that does not answer,
/// also while a statement is being canceled: the caller is answered, and what still runs can no longer commit.
/// </summary>
public sealed class DatabaseDeadline : IDisposable
{
    /// <summary>
    /// All that comes before a commit, including waiting for a turn, a connection and locks; the last statement that begins within it has a second
    /// at least.
    /// </summary>
    public static readonly TimeSpan UntilCommit = TimeSpan.FromSeconds(3.5);

    /// <summary>Everything, the commit and the canceling of a statement included; after it the caller is answered, even if work is still running.</summary>
    public static readonly TimeSpan UntilAnswer = TimeSpan.FromSeconds(5.5);

    private const int Working = 0;
    private const int Committing = 1;
    private const int Abandoned = 2;

    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Timer? _timer;
    private long _started;
    private int _state;

    /// <summary>Completes when the whole time has passed. It never does for a request that does not use the database.</summary>
    public Task Passed => _passed.Task;

    /// <summary>How much of <see cref="UntilCommit"/> is left; negative when it has passed.</summary>
    public TimeSpan Remaining => UntilCommit - Stopwatch.GetElapsedTime(EnsureStarted());

    /// <summary>Restarts the deadline: the request has the whole time again.</summary>
    public void Start()
    {
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
        if (_timer is null)
            _timer = new Timer(static deadline => ((DatabaseDeadline)deadline!).Pass(), this, UntilAnswer, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(UntilAnswer, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops the deadline while the request does not use the database; the next use restarts it.</summary>
    public void Stop()
    {
        Volatile.Write(ref _started, 0);
        _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Announces a commit. Returns false when the caller was already answered that nothing changed: then nothing may be committed.</summary>
    public bool TryBeginCommit() => Interlocked.CompareExchange(ref _state, Committing, Working) != Abandoned;

    /// <summary>The commit that was announced has certainly not happened, and another attempt follows.</summary>
    public void CommitFailed() => Interlocked.CompareExchange(ref _state, Working, Committing);

    /// <summary>Gives up waiting. Returns whether the request may have taken effect; if not, it never will.</summary>
    public bool Abandon() => Interlocked.CompareExchange(ref _state, Abandoned, Working) == Committing;

    public void Dispose() => _timer?.Dispose();

    /// <summary>The whole time has passed.</summary>
    internal void Pass() => _passed.TrySetResult();

    private long EnsureStarted()
    {
        if (Volatile.Read(ref _started) == 0)
            Start();

        return Volatile.Read(ref _started);
    }
}
