namespace CleanMessaging.Infrastructure.Attachments.Inspection.Voice;

/// <summary>
/// Reads a file forward, with a buffer of its own. A length in the file that leads beyond its end means that the file is damaged: nothing
/// is allocated for it.
/// </summary>
/// <param name="length">The length of the file.</param>
internal sealed class ContainerReader(Stream content, long length, CancellationToken cancellationToken)
{
    /// <summary>
    /// The most elements, boxes or pages of a recording: ten minutes of the shortest packets of Opus (2.5 ms), and some more.
    /// </summary>
    private const int ElementsMax = 300_000;

    /// <summary>
    /// The most bytes of metadata: everything except the sound and the headers that describe it, such as comments, cues and padding.
    /// Recorders write a few hundred.
    /// </summary>
    private const long MetadataBytesMax = 64 * 1024;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _elements;
    private long _metadata;

    /// <summary>The number of bytes that were not read or skipped yet.</summary>
    public long Left { get; private set; } = length;

    /// <summary>Counts an element, a box or a page.</summary>
    /// <exception cref="InvalidDataException">The file has too many.</exception>
    public void CountElement()
    {
        if (++_elements > ElementsMax)
            throw new InvalidDataException("The file has too many elements.");
    }

    /// <summary>Counts bytes of metadata.</summary>
    /// <exception cref="InvalidDataException">The file has too many.</exception>
    public void CountMetadata(long count)
    {
        if (count < 0 || count > MetadataBytesMax - _metadata)
            throw new InvalidDataException("The file has more than 64 KiB of metadata.");

        _metadata += count;
    }

    /// <summary>Returns the next bytes without reading them.</summary>
    /// <exception cref="InvalidDataException">The file has fewer bytes.</exception>
    public async ValueTask<byte[]> PeekAsync(int count)
    {
        EnsureLeft(count);
        while (_end - _start < count)
            await FillAsync();

        return _buffer[_start..(_start + count)];
    }

    /// <summary>Reads the next bytes.</summary>
    /// <exception cref="InvalidDataException">The file has fewer bytes.</exception>
    public async ValueTask<byte[]> ReadAsync(int count)
    {
        EnsureLeft(count);
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            if (_start == _end)
                await FillAsync();

            var taken = Math.Min(count - done, _end - _start);
            _buffer.AsSpan(_start, taken).CopyTo(bytes.AsSpan(done));
            done += taken;
            Advance(taken);
        }

        return bytes;
    }

    /// <exception cref="InvalidDataException">The file has fewer bytes.</exception>
    public async ValueTask SkipAsync(long count)
    {
        EnsureLeft(count);
        while (count > 0)
        {
            if (_start == _end)
                await FillAsync();

            var skipped = (int)Math.Min(count, _end - _start);
            count -= skipped;
            Advance(skipped);
        }
    }

    private void EnsureLeft(long count)
    {
        if (count < 0 || count > Left)
            throw new InvalidDataException("The file ends early.");
    }

    private void Advance(int count)
    {
        _start += count;
        Left -= count;
    }

    private async ValueTask FillAsync()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = await content.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        if (read == 0)
            throw new InvalidOperationException("The file is shorter than stated.");

        _end += read;
    }
}
