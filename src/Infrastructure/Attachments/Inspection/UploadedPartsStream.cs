using CleanMessaging.Application.Attachments;

namespace CleanMessaging.Infrastructure.Attachments.Inspection;

/// <summary>Reads the parts of an upload as one file, from the start to the end.</summary>
internal sealed class UploadedPartsStream(IAttachmentStore store, AttachmentToInspect attachment) : AsyncReadStream
{
    private Stream? _part;
    private int _next;
    private long _leftInPart;

    public override long Length => attachment.Bytes;

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
        _leftInPart -= read;

        return read;
    }

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
