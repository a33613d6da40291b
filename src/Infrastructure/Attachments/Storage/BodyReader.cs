namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Reads the body of an upload. A connection that breaks off ends it like a complete body: what has arrived counts.</summary>
internal sealed class BodyReader(Stream plain, long bytesMax, CancellationToken aborted)
{
    private long _remaining = bytesMax;

    /// <summary>Fills a buffer. Returns less than its length at the end of the body.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length && _remaining > 0)
        {
            var free = (int)Math.Min(buffer.Length - filled, _remaining);
            var count = await ReadOnceAsync(buffer.Slice(filled, free));
            filled += count;
            _remaining = count == 0 ? 0 : _remaining - count;
        }

        return filled;
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer)
    {
        try
        {
            return await plain.ReadAsync(buffer, aborted);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return 0;
        }
    }
}
