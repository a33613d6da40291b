namespace CleanMessaging.Client;

/// <summary>Runs something a moment after it was asked for, once for all who asked meanwhile. That it fails is of no weight.</summary>
internal sealed class Coalesced : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeSpan _moment;
    private readonly ITimer _timer;

    public Coalesced(TimeProvider clock, TimeSpan moment, Func<CancellationToken, Task> run)
    {
        _moment = moment;
        _timer = clock.CreateTimer(_ => _ = RunAsync(run), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Ask() => _timer.Change(_moment, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MessagingException or OperationCanceledException or ObjectDisposedException)
        {
            // It is compared with the server once in a while anyway.
        }
    }
}
