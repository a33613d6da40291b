using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>
/// Raises the minimum number of threads in the thread pool while the pool makes no progress. The driver cancels a statement that takes too long over another connection, and blocks
/// a thread of the pool until that is answered, which takes seconds when PostgreSQL hangs. The pool itself adds one thread every half a second, so that requests that need
/// no database would wait as well. A higher minimum at all times would cost each send a fifth more processor time.
/// </summary>
/// <param name="connections">How many connections can block a thread at the same time.</param>
internal sealed partial class ThreadPoolRelief(int connections, ILogger<ThreadPoolRelief> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    /// <summary>How many intervals without progress mean that the threads are blocked. A busy machine may leave a process without a processor for shorter.</summary>
    private const int BlockedIntervals = 2;

    /// <summary>How long the minimum stays raised after the pool made no progress for the last time.</summary>
    private static readonly TimeSpan _relief = TimeSpan.FromSeconds(2);

    /// <summary>Waits without spinning first, which would take 3% of two busy cores.</summary>
    private readonly ManualResetEventSlim _stopping = new(initialState: false, spinCount: 0);
    private Thread? _thread;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A thread of its own: one of the pool would be blocked as well.
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
            withoutProgress = ThreadPool.PendingWorkItemCount > 0 && ThreadPool.CompletedWorkItemCount == completed ? withoutProgress + 1 : 0;
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
