using CleanMessaging.Application.Attachments;

namespace CleanMessaging.Infrastructure.Attachments.Inspection;

/// <summary>Reads the parts of an upload as one file, from the start to the end.</summary>
internal sealed class UploadedPartsStream(IAttachmentStore store, AttachmentToInspect attachment) : Stream
{
    private Stream? _part;
    private int _next;
    private long _leftInPart;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => attachment.Bytes;

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="AttachmentCorruptException">A part is missing, or is not what was stored.</exception>
    /// <exception cref="AttachmentUnavailableException">The storage does not answer.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;

        while (_leftInPart == 0)
        {
            if (_next == attachment.Parts.Count)
                return 0;

            await OpenNextAsync(cancellationToken);
        }

        var read = await _part!.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _leftInPart)], cancellationToken);
        if (read == 0)
            throw new AttachmentCorruptException("A part of an upload is shorter than it was when it was stored.");

        _leftInPart -= read;

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

    public override async ValueTask DisposeAsync()
    {
        if (_part is not null)
            await _part.DisposeAsync();

        await base.DisposeAsync();
    }

    private async Task OpenNextAsync(CancellationToken cancellationToken)
    {
        if (_part is not null)
            await _part.DisposeAsync();

        var part = attachment.Parts[_next++];
        _part = await store.OpenReadAsync(
            attachment.Id, attachment.EncryptedKey, part, offset: 0, part.Length, cancellationToken);
        _leftInPart = part.Length;
    }
}
