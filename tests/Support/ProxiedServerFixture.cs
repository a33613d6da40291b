namespace CleanMessaging.Tests.Support;

/// <summary>
/// A server that connects to its database through a <see cref="CountingProxy"/>, and a second one that connects directly.
/// </summary>
public sealed class ProxiedServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    private CountingProxy? _proxy;
    private ApiServer? _server;
    private ApiServer? _direct;

    public CountingProxy Proxy => _proxy ?? throw new InvalidOperationException("The proxy is not started.");

    public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    /// <summary>Another server on the same database, without the proxy.</summary>
    public ApiServer Direct => _direct ?? throw new InvalidOperationException("The server is not started.");

    public async ValueTask InitializeAsync()
    {
        _direct = await ApiServer.StartAsync(postgres);
        _proxy = new CountingProxy(_direct.ConnectionString);
        _server = await ApiServer.StartAsync(postgres, connectionString: _proxy.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();

        if (_proxy is not null)
            await _proxy.DisposeAsync();

        if (_direct is null)
            return;

        await _direct.ShouldHoldNoTransactionAsync();
        await _direct.DisposeAsync();
    }
}
