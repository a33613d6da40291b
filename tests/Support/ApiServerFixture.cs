using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Tests.Support;

/// <summary>One server and database for the tests of a class; each test makes users of its own.</summary>
public sealed class ApiServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    private ApiServer? _server;

    public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    /// <summary>A server of its own for one test that needs other settings; the test disposes of it.</summary>
    /// <param name="connectionString">A database that is there already; a new one when left out.</param>
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
