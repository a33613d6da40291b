using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.OpenApi;

/// <summary>Starts a server and loads its OpenAPI document.</summary>
public sealed class DescribedServerFixture(TestPostgres postgres) : IAsyncLifetime
{
    private ApiServer? _server;

    public ApiServer Server => _server ?? throw new InvalidOperationException("The server is not started.");

    /// <summary>The OpenAPI document as the server returns it to a caller without a token.</summary>
    public string Text { get; private set; } = "";

    public JsonElement Document { get; private set; }

    /// <summary>Every operation of the document.</summary>
    public IReadOnlyList<DescribedOperation> Operations { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync(postgres, new Dictionary<string, string?> { ["OpenApi:Enabled"] = "true" });
        using var client = _server.CreateClient();
        Text = await client.GetStringAsync("/openapi/v1.json");
        Document = JsonDocument.Parse(Text).RootElement;
        Operations = DescribedOperation.AllOf(Document);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
