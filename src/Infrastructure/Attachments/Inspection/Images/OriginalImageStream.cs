using CleanMessaging.Application.Attachments;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// The last part of an answer, read from the process as it is stored. The time limit of the process applies to each read.
/// </summary>
internal sealed class OriginalImageStream(Stream answers, int length, ProcessLimitMonitor watch) : Stream
{
    private readonly int _length = length;
    private int _left = length;
    private Action<bool>? _onEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _length - _left;
        set => throw new NotSupportedException();
    }

    /// <summary>Sets what happens once, when everything is read (true) or the stream is disposed earlier (false).</summary>
    public void OnEnd(Action<bool> action) => _onEnd = action;

    /// <exception cref="AttachmentUnavailableException">The process ended early.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_left == 0 || buffer.IsEmpty)
            return 0;

        var read = await ReadPipeAsync(buffer[..Math.Min(_left, buffer.Length)]);
        if (read == 0)
            throw new AttachmentUnavailableException("The image process ended while its image was stored.");

        _left -= read;
        if (_left == 0)
            End();

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            End();

        base.Dispose(disposing);
    }

    /// <summary>Returns 0 also when the pipe breaks.</summary>
    private async Task<int> ReadPipeAsync(Memory<byte> buffer)
    {
        watch.BeginWork();
        try
        {
            return await answers.ReadAsync(buffer, CancellationToken.None);
        }
        catch (IOException)
        {
            return 0;
        }
        finally
        {
            watch.EndWork();
        }
    }

    private void End()
    {
        watch.Dispose();
        Interlocked.Exchange(ref _onEnd, null)?.Invoke(_left == 0 && watch.Failure is null);
    }
}
