namespace CleanMessaging.Tests.Support;

/// <summary>One server with attachments in memory for the tests of a class.</summary>
public sealed class AttachmentServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    private ApiServer? _server;

    public MemoryAttachments Store { get; } = new();

    public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    /// <summary>Starts a separate server for a test that needs other settings or another storage; the test disposes it.</summary>
    /// <param name="connectionString">An existing database; by default a new one.</param>
    public Task<ApiServer> StartAnotherAsync(
        IReadOnlyDictionary<string, string?> settings, MemoryAttachments? store = null, string? connectionString = null) =>
        ApiServer.StartAsync(postgres, settings, connectionString, (store ?? Store).AddTo);

    /// <summary>Starts a server without keys and without a storage; the test disposes it.</summary>
    public Task<ApiServer> StartWithoutStorageAsync() =>
        ApiServer.StartAsync(postgres, services: new MemoryAttachments { IsAvailable = false }.AddTo);

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync(postgres, services: Store.AddTo);

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;

        await _server.ShouldHoldNoTransactionAsync();
        await _server.DisposeAsync();
    }
}
