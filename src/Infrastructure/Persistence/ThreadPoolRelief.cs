using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Raises the minimum number of threads of the thread pool while the pool makes no progress. The driver cancels a slow statement over a
/// second connection, and blocks a thread of the pool until that is answered, which takes seconds when PostgreSQL hangs. The pool itself
/// adds only one thread every half second, so requests without database access would wait as well. A permanently higher minimum would cost
/// each send a fifth more processor time.
/// </summary>
/// <param name="connections">How many connections can block a thread at the same time.</param>
internal sealed partial class ThreadPoolRelief(int connections, ILogger<ThreadPoolRelief> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How many intervals without progress mean that the threads are blocked. On a busy machine, a process may get no processor for a
    /// shorter time.
    /// </summary>
    private const int BlockedIntervals = 2;

    /// <summary>How long the minimum stays raised after the last interval without progress.</summary>
    private static readonly TimeSpan _relief = TimeSpan.FromSeconds(2);

    /// <summary>Waits without spinning; spinning would take 3% of two busy cores.</summary>
    private readonly ManualResetEventSlim _stopping = new(initialState: false, spinCount: 0);
    private Thread? _thread;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A dedicated thread: a thread of the pool would be blocked as well.
        _thread = new Thread(Watch) { IsBackground = true, Name = nameof(ThreadPoolRelief) };
        _thread.Start();

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping.Set();

        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _stopping.Set();
        _thread?.Join();
        _stopping.Dispose();
    }

    private void Watch()
    {
        ThreadPool.GetMinThreads(out var usual, out var completionPorts);
        var (completed, withoutProgress, raisedUntil) = (ThreadPool.CompletedWorkItemCount, 0, 0L);
        while (!_stopping.Wait(_interval))
        {
            withoutProgress = ThreadPool.PendingWorkItemCount > 0 && ThreadPool.CompletedWorkItemCount == completed
                ? withoutProgress + 1
                : 0;
            completed = ThreadPool.CompletedWorkItemCount;
            if (withoutProgress >= BlockedIntervals)
            {
                if (raisedUntil == 0)
                {
                    ThreadPool.SetMinThreads(usual + connections, completionPorts);
                    Log.Raised(logger, usual + connections, _relief.TotalSeconds);
                }

                raisedUntil = Environment.TickCount64 + (long)_relief.TotalMilliseconds;
            }
            else if (raisedUntil > 0 && Environment.TickCount64 >= raisedUntil)
            {
                ThreadPool.SetMinThreads(usual, completionPorts);
                raisedUntil = 0;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The thread pool makes no progress; allowing {Threads} threads at once until it has made progress for {Seconds} s")]
        public static partial void Raised(ILogger logger, int threads, double seconds);
    }
}
