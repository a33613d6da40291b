using System.ComponentModel;
using System.Diagnostics;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// Kills a process that works too long or uses too much memory, and the processes that it has started.
/// </summary>
internal sealed class ProcessLimitMonitor : IDisposable
{
    private static readonly TimeSpan _sampling = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly ImageProgram _program;
    private readonly Timer _time;
    private readonly Timer _memory;
    private readonly TimeSpan _usedBefore;
    private int _failure;

    public ProcessLimitMonitor(Process process, ImageProgram program)
    {
        (_process, _program) = (process, program);
        _usedBefore = ProcessorTimeOf(process);
        _time = new Timer(_ => Fail(ImageFailure.TooSlow));
        _memory = new Timer(_ => Sample(), state: null, _sampling, _sampling);
    }

    /// <summary>Why the process was killed; null if it was not.</summary>
    public ImageFailure? Failure => Volatile.Read(ref _failure) is not 0 and var failure ? (ImageFailure)failure : null;

    /// <summary>Starts the time limit. The time in which the process waits for the server does not count.</summary>
    public void BeginWork() => _time.Change(_program.TimeMax, Timeout.InfiniteTimeSpan);

    public void EndWork() => _time.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Returns the memory that the process uses now; 0 if it has ended.</summary>
    public static long MemoryOf(Process process)
    {
        try
        {
            process.Refresh();

            return process.WorkingSet64;
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            return 0;
        }
    }

    /// <summary>Kills a process and those that it has started, which have its pipes.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended, or is about to.
        }
    }

    public void Dispose()
    {
        _time.Dispose();
        _memory.Dispose();
    }

    /// <summary>Returns the time of processors that the process has used; 0 if it has ended.</summary>
    private static TimeSpan ProcessorTimeOf(Process process)
    {
        try
        {
            return process.TotalProcessorTime;
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            return TimeSpan.Zero;
        }
    }

    private void Sample()
    {
        if (MemoryOf(_process) > _program.MemoryMax)
            Fail(ImageFailure.TooMuchMemory);

        if (ProcessorTimeOf(_process) - _usedBefore > _program.ProcessorTimeMax)
            Fail(ImageFailure.TooSlow);
    }

    private void Fail(ImageFailure failure)
    {
        if (Interlocked.CompareExchange(ref _failure, (int)failure, 0) == 0)
            Kill(_process);
    }
}
