using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Api;

/// <summary>Loads the server's OpenAPI document.</summary>
public sealed class DocumentFixture(TestPostgres postgres) : IAsyncLifetime
{
    public JsonElement Document { get; private set; }

    public IReadOnlyList<DescribedOperation> Operations { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await using var server = await ApiServer.StartAsync(postgres, new Dictionary<string, string?> { ["OpenApi:Enabled"] = "true" });
        using var client = server.CreateClient();
        Document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json")).RootElement;
        Operations = DescribedOperation.AllOf(Document);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
