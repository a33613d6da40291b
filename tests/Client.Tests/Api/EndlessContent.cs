using System.Net;

namespace CleanMessaging.Client.Tests.Api;

/// <summary>A response whose connection stays open without sending anything.</summary>
internal sealed class EndlessContent : HttpContent
{
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task IsRead => _read.Task;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _read.TrySetResult();

        return Task.Delay(Timeout.Infinite, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;

        return false;
    }
}
