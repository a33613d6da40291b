using System.Net;
using System.Net.WebSockets;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Network;

public sealed class OriginTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Foreign = "https://evil.example";
    private const string Friend = "https://chat.example.com";

    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData(Foreign)]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("http://localhost")]
    [InlineData("https://127.0.0.1")]
    public async Task Connect_FromAForeignPage_IsRejectedBeforeTheUpgrade(string origin)
    {
        var investor = await _server.RegisterInvestorAsync();

        (await ConnectAsync(_server, investor, origin)).ShouldBe(HttpStatusCode.Forbidden);

        foreach (var path in new[] { "/hubs/messaging", "/hubs/messaging/negotiate", "/HUBS/messaging/negotiate" })
        {
            var rejected = await RequestAsync(investor.Client, HttpMethod.Post, path, origin);
            rejected.StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
            (await Answer.OfAsync(rejected)).ExpectError(HttpStatusCode.Forbidden, "origin.not_allowed");
        }
    }

    [Fact]
    public async Task Connect_FromTheOwnPageOrNone_IsAccepted()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await ConnectAsync(_server, investor, _server.Address.GetLeftPart(UriPartial.Authority)))
            .ShouldBe(HttpStatusCode.SwitchingProtocols);
        (await ConnectAsync(_server, investor, origin: null)).ShouldBe(HttpStatusCode.SwitchingProtocols);
    }

    [Fact]
    public async Task Connect_FromAnAllowedPage_IsAccepted()
    {
        await using var server = await StartWithFriendAsync();
        var investor = await server.RegisterInvestorAsync();

        (await ConnectAsync(server, investor, Friend)).ShouldBe(HttpStatusCode.SwitchingProtocols);
        (await ConnectAsync(server, investor, Friend + ".evil.example")).ShouldBe(HttpStatusCode.Forbidden);
        (await ConnectAsync(server, investor, Foreign)).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Cors_ByDefault_IsNotThere()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await RequestAsync(investor.Client, HttpMethod.Get, "/api/wallet", Foreign)).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var (method, path) in new[] { (HttpMethod.Get, "/api/wallet"), (HttpMethod.Options, "/api/wallet"), (HttpMethod.Get, "/api/none") })
            CorsHeaders(await RequestAsync(investor.Client, method, path, Foreign)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Cors_ForAllowedPages_NamesThemOnly()
    {
        await using var server = await StartWithFriendAsync();
        var investor = await server.RegisterInvestorAsync();

        foreach (var path in new[] { "/api/wallet", "/api/wallet/transactions?limit=0", "/api/none" })
        {
            var answer = await RequestAsync(investor.Client, HttpMethod.Get, path, Friend);
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([Friend], path);
            answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse(path);
        }

        var preflight = await RequestAsync(investor.Client, HttpMethod.Options, "/api/messages/send", Friend);
        preflight.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        preflight.Headers.GetValues("Access-Control-Allow-Headers").Single()
            .ShouldBe("Authorization,Content-Type,Range,If-Range,If-None-Match,Idempotency-Key,Upload-Offset,Tus-Resumable");
        preflight.Headers.GetValues("Access-Control-Allow-Methods").Single().Split(',').ShouldBe(MethodsOf(server), ignoreOrder: true);

        foreach (var origin in new[] { Foreign, "null", "http://chat.example.com", "https://chat.example.com:8443" })
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Options })
            {
                (await RequestAsync(investor.Client, method, "/api/wallet", origin)).Headers.Contains("Access-Control-Allow-Origin")
                    .ShouldBeFalse(origin);
            }
        }
    }

    /// <summary>Returns the methods of all operations. A page must be able to use each of them.</summary>
    private static IEnumerable<string> MethodsOf(ApiServer server) =>
        server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Where(endpoint => endpoint is RouteEndpoint route && route.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct();

    private static IEnumerable<string> CorsHeaders(HttpResponseMessage answer) =>
        answer.Headers.Select(header => header.Key).Where(name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));

    private static async Task<HttpResponseMessage> RequestAsync(HttpClient client, HttpMethod method, string path, string origin)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Origin", origin);
        if (method == HttpMethod.Options)
            request.Headers.Add("Access-Control-Request-Method", "POST");

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<HttpStatusCode> ConnectAsync(ApiServer server, TestUser user, string? origin)
    {
        using var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        socket.Options.SetRequestHeader("Authorization", $"Bearer {user.AccessToken}");
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        try
        {
            await socket.ConnectAsync(RawHubConnection.AddressOf(server), TestContext.Current.CancellationToken);
        }
        catch (WebSocketException)
        {
            // The status code contains the reason.
        }

        return socket.HttpStatusCode;
    }

    private Task<ApiServer> StartWithFriendAsync() =>
        ApiServer.StartAsync(postgres, new Dictionary<string, string?> { ["Origins:Allowed:0"] = Friend });
}
