using System.Runtime.InteropServices.JavaScript;

namespace CleanMessaging.WebClient.Browser;

/// <summary>Reads a file that the user has added, piece by piece. It can only be read asynchronously.</summary>
/// <param name="id">The number of the file in <see cref="FilesModule"/>.</param>
internal sealed class AddedFileStream(int id, long length) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    /// <exception cref="IOException">The file was changed or removed since it was added.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var end = Math.Min(length, Position + buffer.Length);
        if (end <= Position)
            return 0;

        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var bytes = await FilesModule.ReadAsync(id, Position, end);
            var read = bytes.GetPropertyAsInt32("length");
            FilesModule.Copy(bytes, buffer.Span[..read]);
            Position += read;

            return read;
        }
        catch (JSException exception)
        {
            throw new IOException("The file cannot be read.", exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => Position,
        _ => length,
    };

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
