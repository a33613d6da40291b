using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Network;

/// <summary>
/// Tests which proxies the server trusts for the client address. The limit per address shows which address the server used.
/// </summary>
public sealed class ProxyTests(TestPostgres postgres)
{
    private const int Burst = 10;

    [Fact]
    public async Task ForwardedFor_FromAnUnknownAddress_IsIgnoredHoweverOften()
    {
        await using var server = await StartAsync();
        using var client = server.CreateClient();

        var answers = new List<HttpStatusCode>();
        for (var number = 0; number < 50; number++)
            answers.Add(await StatusAsync(client, $"198.51.100.{number}", "https"));

        // One permit per second is replenished while the test sends.
        answers.Count(status => status == HttpStatusCode.Unauthorized).ShouldBeInRange(Burst, Burst + 5);
    }

    [Fact]
    public async Task ForwardedFor_FromAKnownProxy_IsTheClientsAddress()
    {
        await using var server = await StartAsync(("Proxies:Known:0", "127.0.0.0/8"));
        using var client = server.CreateClient();

        for (var number = 0; number < 50; number++)
            (await StatusAsync(client, $"198.51.100.{number}", "https")).ShouldBe(HttpStatusCode.Unauthorized);

        // The proxy appends the client's real address to the header that the client sent.
        var answers = new List<HttpStatusCode>();
        for (var number = 0; number < 50; number++)
            answers.Add(await StatusAsync(client, $"198.51.100.{number}, 203.0.113.9", "https"));

        answers.Count(status => status == HttpStatusCode.Unauthorized).ShouldBeInRange(Burst, Burst + 5);
    }

    [Fact]
    public async Task ForwardedFor_ThroughTwoKnownProxies_IsTheFirstUnknownAddress()
    {
        await using var server = await StartAsync(("Proxies:Known:0", "127.0.0.1"), ("Proxies:Known:1", "10.1.0.0/16"));
        using var client = server.CreateClient();

        for (var number = 0; number < 50; number++)
            (await StatusAsync(client, $"198.51.100.{number}, 10.1.2.3", "https, https")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(null, "https", "chat.example.com", false)]
    [InlineData("127.0.0.1", "https", "chat.example.com", true)]
    [InlineData("127.0.0.1", "http", "chat.example.com", false)]
    [InlineData("127.0.0.1", "https", "localhost:5080", false)]
    public async Task Hsts_WhenTheClientSpeaksHttps_IsThere(string? proxy, string scheme, string host, bool expected)
    {
        await using var server = await StartAsync(proxy is null ? [] : [("Proxies:Known:0", proxy)]);
        using var client = server.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        request.Headers.Host = host;
        request.Headers.Add("X-Forwarded-For", "198.51.100.1");
        request.Headers.Add("X-Forwarded-Proto", scheme);

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        answer.Headers.Contains("Strict-Transport-Security").ShouldBe(expected);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string forwardedFor, string scheme)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/wallet");
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        request.Headers.Add("X-Forwarded-Proto", scheme);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        return answer.StatusCode;
    }

    private Task<ApiServer> StartAsync(params (string Key, string Value)[] settings) =>
        ApiServer.StartAsync(
            postgres,
            new Dictionary<string, string?>(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            {
                ["Limits:AddressBurst"] = $"{Burst}",
                ["Limits:AddressPerSecond"] = "1",
            });
}
