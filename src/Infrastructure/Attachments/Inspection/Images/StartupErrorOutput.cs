using System.Text;

namespace CleanMessaging.Infrastructure.Attachments.Inspection.Images;

/// <summary>
/// Keeps the first bytes that a starting process prints about its failure. All output is read, so that the process does not wait for the
/// server. What it prints after its start is discarded, because it can contain parts of a file.
/// </summary>
internal sealed class StartupErrorOutput
{
    private const int BytesMax = 2_000;

    private readonly Lock _lock = new();
    private readonly byte[] _kept = new byte[BytesMax];
    private readonly Task _reading;
    private int _length;
    private bool _isClosed;

    public StartupErrorOutput(Stream output) => _reading = ReadAsync(output);

    /// <summary>Discards the output of a process that has started.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _length = 0;
        }
    }

    /// <summary>Returns what is kept when the output ends, or after a time.</summary>
    public async Task<string> GetTextAsync(TimeSpan wait)
    {
        await Task.WhenAny(_reading, Task.Delay(wait));
        lock (_lock)
            return Encoding.UTF8.GetString(_kept, 0, _length).ReplaceLineEndings(" ").Trim();
    }

    private async Task ReadAsync(Stream output)
    {
        var buffer = new byte[BytesMax];
        try
        {
            while (await output.ReadAsync(buffer) is var count and > 0)
                Keep(buffer.AsSpan(0, count));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process has ended.
        }
    }

    private void Keep(ReadOnlySpan<byte> output)
    {
        lock (_lock)
        {
            if (_isClosed)
                return;

            var count = Math.Min(output.Length, BytesMax - _length);
            output[..count].CopyTo(_kept.AsSpan(_length));
            _length += count;
        }
    }
}
