using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>
/// A load balancer for several servers: checks the readiness of each ten times per second, and returns the ready ones in turn.
/// </summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly ApiProcess[] _servers;
    private readonly bool[] _areReady;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _asking;
    private int _turn;

    public Balancer(params ApiProcess[] servers)
    {
        _servers = servers;
        _areReady = [.. servers.Select(_ => true)];
        _asking = Task.WhenAll(servers.Select((_, index) => AskAsync(index)));
    }

    /// <summary>Returns the next ready server.</summary>
    public async Task<ApiProcess> NextAsync()
    {
        while (true)
        {
            for (var tries = 0; tries < _servers.Length; tries++)
            {
                var index = (int)((uint)Interlocked.Increment(ref _turn) % _servers.Length);
                if (Volatile.Read(ref _areReady[index]))
                    return _servers[index];
            }

            await Task.Delay(10, _stopping.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AskAsync(int index)
    {
        using var client = _servers[index].CreateClient();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync("/health/ready", _stopping.Token);
                Volatile.Write(ref _areReady[index], answer.StatusCode == HttpStatusCode.OK);
            }
            catch (HttpRequestException)
            {
                Volatile.Write(ref _areReady[index], false);
            }

            await Task.Delay(100, _stopping.Token);
        }
    }
}
