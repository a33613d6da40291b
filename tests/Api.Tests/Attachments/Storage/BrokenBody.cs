namespace CleanMessaging.Api.Tests.Attachments.Storage;

/// <summary>Delivers a few bytes at a time, and then fails as a connection does.</summary>
internal sealed class BrokenBody(byte[] content, int arrives, CancellationTokenSource? aborted) : MemoryStream(content)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position < arrives)
            return await base.ReadAsync(buffer[..(int)Math.Min(Math.Min(buffer.Length, 5000), arrives - Position)], cancellationToken);

        if (aborted is null)
            throw new IOException("The client has closed the connection.");

        await aborted.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();

        return 0;
    }
}
