using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.ManyServers;

/// <summary>
/// Two servers for tests that disturb neither them nor their Redis. Such tests run in parallel on them, each with its own users.
/// </summary>
public sealed class SharedServerPair(FaultPostgres postgres) : IAsyncLifetime
{
    private ServerPair? _servers;

    internal ServerPair Servers => _servers ?? throw new InvalidOperationException("There is no redis-server.");

    public async ValueTask InitializeAsync()
    {
        if (!RedisServer.IsInstalled)
            return;

        _servers = await ServerPair.StartAsync(postgres, await RedisServer.StartNewAsync());
        await _servers.BeConnectedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_servers is not null)
            await _servers.DisposeAsync();
    }
}
