using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Tests.Support;

/// <summary>One server and database for the tests of a class. Each test creates its own users.</summary>
public sealed class ApiServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    private ApiServer? _server;

    public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    /// <summary>Starts a separate server for a test that needs other settings; the test disposes it.</summary>
    /// <param name="connectionString">An existing database; by default a new one.</param>
    public Task<ApiServer> StartAnotherAsync(
        IReadOnlyDictionary<string, string?> settings,
        Action<IServiceCollection>? services = null,
        string? connectionString = null) =>
        ApiServer.StartAsync(postgres, settings, connectionString, services);

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;

        await _server.ShouldHoldNoTransactionAsync();
        await _server.DisposeAsync();
    }
}
