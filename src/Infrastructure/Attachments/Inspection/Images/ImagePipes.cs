namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// The pipes to an image process and from it. The operations on a pipe cannot be canceled on every platform. They end when the process
/// does, unless another process has the pipe as well, so each also has a limit of time.
/// </summary>
internal sealed class ImagePipes(Stream requests, Stream answers) : IDisposable
{
    /// <summary>How long an operation may take: longer than the process is allowed to work.</summary>
    public required TimeSpan TimeMax { get; set; }

    /// <summary>Writes bytes. If this fails, the buffer may not be used again.</summary>
    /// <exception cref="PipeException">The pipe is broken, or the process does not read.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await requests.WriteAsync(bytes, CancellationToken.None).AsTask().WaitAsync(TimeMax);
            await requests.FlushAsync(CancellationToken.None).WaitAsync(TimeMax);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            throw new PipeException(exception);
        }
    }

    /// <summary>Reads some bytes; 0 at the end. If this fails, the buffer may not be used again.</summary>
    /// <exception cref="PipeException">The pipe is broken, or the process does not write.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            return await answers.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(TimeMax);
        }
        catch (Exception exception) when (exception is IOException or TimeoutException)
        {
            throw new PipeException(exception);
        }
    }

    /// <summary>Reads a number of bytes.</summary>
    /// <exception cref="PipeException">The pipe is broken, or the process does not write so many bytes in time.</exception>
    /// <exception cref="EndOfStreamException">The process wrote less.</exception>
    public async Task<byte[]> ReadExactlyAsync(int length)
    {
        var bytes = new byte[length];
        try
        {
            await answers.ReadExactlyAsync(bytes, CancellationToken.None).AsTask().WaitAsync(TimeMax);
        }
        catch (Exception exception) when (exception is TimeoutException or (IOException and not EndOfStreamException))
        {
            throw new PipeException(exception);
        }

        return bytes;
    }

    public void Dispose()
    {
        requests.Dispose();
        answers.Dispose();
    }
}

/// <summary>A pipe to an image process failed. Other <see cref="IOException"/> come from the file that is sent.</summary>
internal sealed class PipeException(Exception cause) : Exception(cause.Message, cause);
