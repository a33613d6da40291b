namespace CleanMessaging.Api.Tests.Support;

/// <summary>One server and database for the tests of a class; each test makes users of its own.</summary>
public sealed class ApiServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    private ApiServer? _server;

    public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;

        await _server.ShouldHoldNoTransactionAsync();
        await _server.DisposeAsync();
    }
}
