using CleanMessaging.Application.Attachments;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// The last part of an answer, read from the process as it is stored. The time limit of the process applies to each read.
/// </summary>
internal sealed class OriginalImageStream(ImagePipes pipes, int length, ProcessLimitMonitor monitor) : AsyncReadStream
{
    private const int BufferBytes = 64 * 1024;

    private readonly int _length = length;

    /// <summary>A read that takes too long still writes into its buffer later, so that is not the one of the caller.</summary>
    private readonly byte[] _buffer = new byte[Math.Min(length, BufferBytes)];

    private int _left = length;
    private Action<bool>? _onEnd;

    public override long Length => _length;

    public override long Position
    {
        get => _length - _left;
        set => throw new NotSupportedException();
    }

    /// <summary>Sets what happens once, when everything is read (true) or the stream is disposed earlier (false).</summary>
    public void OnEnd(Action<bool> action) => _onEnd = action;

    /// <exception cref="InspectionTimeoutException">The process took too long.</exception>
    /// <exception cref="AttachmentUnavailableException">The process ended early.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_left == 0 || buffer.IsEmpty)
            return 0;

        var read = await ReadPipeAsync(_buffer.AsMemory(0, Math.Min(Math.Min(_left, buffer.Length), _buffer.Length)));
        _buffer.AsMemory(0, read).CopyTo(buffer);
        _left -= read;
        if (_left == 0)
            End();

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            End();

        base.Dispose(disposing);
    }

    private async Task<int> ReadPipeAsync(Memory<byte> buffer)
    {
        monitor.BeginWork();
        try
        {
            return await pipes.ReadAsync(buffer) is var read and > 0 ? read : throw ErrorOf(cause: null);
        }
        catch (PipeException exception)
        {
            throw ErrorOf(exception);
        }
        finally
        {
            monitor.EndWork();
        }
    }

    private AttachmentUnavailableException ErrorOf(PipeException? cause) => monitor.Failure == ImageFailure.TooSlow
        ? new InspectionTimeoutException("The image process took too long while its image was stored.", cause)
        : new AttachmentUnavailableException("The image process ended, or did not answer, while its image was stored.", cause);

    private void End()
    {
        monitor.Dispose();
        Interlocked.Exchange(ref _onEnd, null)?.Invoke(_left == 0 && monitor.Failure is null);
    }
}
