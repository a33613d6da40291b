using System.Diagnostics;

namespace CleanMessaging.Application.Storage;

/// <summary>
/// The time limit for one request's database work, and the state of its commit. When the database does not respond, or a statement is still
/// being canceled, the caller gets an error at the deadline, and the abandoned work can no longer commit.
/// </summary>
public sealed class DatabaseDeadline : IDisposable
{
    /// <summary>
    /// The time for all work before the commit, including waiting for the concurrency gate, a connection and locks. The last statement that
    /// begins within it has at least one second.
    /// </summary>
    public static readonly TimeSpan UntilCommit = TimeSpan.FromSeconds(3.5);

    /// <summary>
    /// The time for all work, including the commit and the cancellation of a statement. After it the caller gets an error, even if work
    /// still runs.
    /// </summary>
    public static readonly TimeSpan UntilAnswer = TimeSpan.FromSeconds(5.5);

    private const int Working = 0;
    private const int Committing = 1;
    private const int Abandoned = 2;

    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Timer? _timer;
    private long _started;
    private int _state;

    /// <summary>
    /// Completes when <see cref="UntilAnswer"/> has passed. Never completes for a request that does not use the database.
    /// </summary>
    public Task Passed => _passed.Task;

    /// <summary>The rest of <see cref="UntilCommit"/>; negative when it has passed.</summary>
    public TimeSpan Remaining => UntilCommit - Stopwatch.GetElapsedTime(EnsureStarted());

    /// <summary>Restarts the deadline with the full time.</summary>
    public void Start()
    {
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
        if (_timer is null)
            _timer = new Timer(static deadline => ((DatabaseDeadline)deadline!).Pass(), this, UntilAnswer, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(UntilAnswer, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops the deadline while the request does not use the database. The next use of the database restarts it.</summary>
    public void Stop()
    {
        Volatile.Write(ref _started, 0);
        _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Announces a commit. Returns false if the caller already got the error that nothing was changed; then the commit must not happen.
    /// </summary>
    public bool TryBeginCommit() => Interlocked.CompareExchange(ref _state, Committing, Working) != Abandoned;

    /// <summary>Records that the announced commit has certainly failed and that another attempt follows.</summary>
    public void CommitFailed() => Interlocked.CompareExchange(ref _state, Working, Committing);

    /// <summary>Abandons the request. Returns whether it may have taken effect; if false, it never will.</summary>
    public bool Abandon() => Interlocked.CompareExchange(ref _state, Abandoned, Working) == Committing;

    public void Dispose() => _timer?.Dispose();

    /// <summary>Completes <see cref="Passed"/>.</summary>
    internal void Pass() => _passed.TrySetResult();

    private long EnsureStarted()
    {
        if (Volatile.Read(ref _started) == 0)
            Start();

        return Volatile.Read(ref _started);
    }
}
