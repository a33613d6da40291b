namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// The image processes of this server. A process is started when none is idle, and ends after a minute without an image. When the server is
/// killed, its processes end with their input.
/// </summary>
internal sealed class ImageProcessPool(ImageProgram program) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<IdleProcess> _idle = [];
    private bool _isDisposed;

    /// <summary>Returns an idle process, or starts one. Return it with <see cref="Return"/>, or dispose it.</summary>
    /// <exception cref="ImageStartException">The program cannot be started.</exception>
    public Task<ImageProcess> RentAsync()
    {
        while (TakeIdle() is { } process)
        {
            if (process.IsUsable)
                return Task.FromResult(process);

            process.Dispose();
        }

        return ImageProcess.StartAsync(program);
    }

    /// <summary>Keeps a process for the next image, unless it has ended or has kept too much memory.</summary>
    public void Return(ImageProcess process)
    {
        if (!process.IsUsable || !TryKeep(process))
            process.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;

        while (TakeIdle() is { } process)
            process.Dispose();
    }

    private bool TryKeep(ImageProcess process)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return false;

            _idle.Add(new IdleProcess(process, new Timer(_ => End(process), state: null, program.IdleMax, Timeout.InfiniteTimeSpan)));

            return true;
        }
    }

    /// <summary>Takes the process that was used last, so that the others can end.</summary>
    private ImageProcess? TakeIdle()
    {
        lock (_lock)
        {
            if (_idle is not [.., var last])
                return null;

            _idle.RemoveAt(_idle.Count - 1);
            last.End.Dispose();

            return last.Process;
        }
    }

    private void End(ImageProcess process)
    {
        lock (_lock)
        {
            if (_idle.RemoveAll(idle => idle.Process == process) == 0)
                return;
        }

        process.Dispose();
    }

    private sealed record IdleProcess(ImageProcess Process, Timer End);
}
