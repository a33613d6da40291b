using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Network;

/// <summary>
/// Tests a server behind a proxy under a base path. The proxy either forwards the path, which the server configures, or strips it and sends
/// it in a header.
/// </summary>
public sealed partial class BasePathTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Header = "X-Forwarded-Prefix";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/chat")]
    [InlineData("/apps/chat_2")]
    public async Task Requests_UnderAConfiguredPath_AreServedAsAtTheRoot(string basePath)
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Proxies:BasePath"] = basePath, ["OpenApi:Enabled"] = "true" });
        var (investor, startup) = (await server.RegisterInvestorAsync(), await server.RegisterStartupAsync());

        await ShouldWorkUnderAsync(server, basePath, request => request with { Path = basePath + request.Path }, investor, startup);
        (await investor.GetAsync($"{basePath}x/api/wallet")).ExpectError(HttpStatusCode.NotFound, "route.not_found");
        (await investor.GetAsync($"{basePath.ToUpperInvariant()}/api/wallet")).ExpectError(HttpStatusCode.NotFound, "route.not_found");
        (await investor.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_WithThePathOfAKnownProxy_AreServedAsAtTheRoot()
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.0/8", ["OpenApi:Enabled"] = "true" });
        var (investor, startup) = (await server.RegisterInvestorAsync(), await server.RegisterStartupAsync());

        await ShouldWorkUnderAsync(server, "/chat", request => request with { Prefix = "/chat" }, investor, startup);
    }

    [Theory]
    [InlineData("/chat", false)]
    [InlineData("/chat", true)]
    public async Task ConfiguredPath_AndTheSameOfAProxy_IsAppliedOnce(string basePath, bool passesOn)
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.1", ["Proxies:BasePath"] = basePath });

        var page = await GetAsync(server, new Sent(passesOn ? $"{basePath}/" : "/", basePath));

        page.ShouldContain("<base href=\"/chat/\">");
    }

    [Fact]
    public async Task PathOfAKnownProxy_ThatIsNone_IsIgnored()
    {
        string[] prefixes =
        [
            "chat",
            "/",
            "/chat/",
            "//evil.example",
            "/chat//x",
            "/chat/../x",
            "/chat/.",
            "/ch.at",
            "/chat%2e",
            "/chat?x",
            "/chat#x",
            "/ch at",
            "/\"><script src=x>",
            "/chat, /other",
            "https://evil.example/chat",
            "\\chat",
        ];
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.1" });

        foreach (var prefix in prefixes)
            (await GetAsync(server, new Sent("/", prefix))).ShouldContain("<base href=\"/\">", Case.Sensitive, prefix);
    }

    [Fact]
    public async Task PathOfAKnownProxy_TwiceOrTooLong_IsIgnored()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.1" });
        using var client = server.CreateClient();
        using var twice = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { Header, ["/one", "/two"] } } };

        (await (await client.SendAsync(twice, Cancellation)).Content.ReadAsStringAsync(Cancellation)).ShouldContain("<base href=\"/\">");
        (await GetAsync(server, new Sent("/", "/" + new string('a', 199)))).ShouldContain($"<base href=\"/{new string('a', 199)}/\">");
        (await GetAsync(server, new Sent("/", "/" + new string('a', 200)))).ShouldContain("<base href=\"/\">");
    }

    [Fact]
    public async Task PathOfAnUnknownSender_Always_IsIgnored()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Proxies:Known:0"] = "10.0.0.0/8" });

        (await GetAsync(fixture.Server, new Sent("/", "/chat"))).ShouldContain("<base href=\"/\">");
        (await GetAsync(server, new Sent("/", "/chat"))).ShouldContain("<base href=\"/\">");
    }

    /// <summary>Tests that arbitrary prefixes that clients send and a proxy forwards use no additional memory.</summary>
    [Fact]
    public async Task PathsOfAKnownProxy_InAnyNumber_AreServedEach()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.1" });

        for (var number = 0; number < 100; number++)
            (await GetAsync(server, new Sent("/", $"/path-{number}"))).ShouldContain($"<base href=\"/path-{number}/\">");
    }

    private static async Task ShouldWorkUnderAsync(
        ApiServer server, string basePath, Func<Sent, Sent> through, TestUser investor, TestUser startup)
    {
        // The API and its Location header.
        using var created = await SendAsync(
            investor.Client, through(new Sent("/api/conversations/create", Body: $$"""{"receiverId":"{{startup.Id}}"}""")));
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var conversationId = JsonDocument
            .Parse(await created.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("data")
            .GetProperty("id")
            .GetString();
        created.Headers.Location.ShouldNotBeNull().ToString().ShouldBe($"{basePath}/api/conversations/{conversationId}");
        (await StatusAsync(investor.Client, through(new Sent($"/api/conversations/{conversationId}")))).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(investor.Client, through(new Sent("/api/wallet?unknown=1")))).ShouldBe(HttpStatusCode.BadRequest);
        (await StatusAsync(investor.Client, through(new Sent("/api/conversations/create", Body: "<x/>", MediaType: "text/xml"))))
            .ShouldBe(HttpStatusCode.UnsupportedMediaType);
        using var anonymous = server.CreateClient();
        (await StatusAsync(anonymous, through(new Sent("/api/wallet")))).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(anonymous, through(new Sent($"/api/wallet?access_token={investor.AccessToken}"))))
            .ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(anonymous, through(new Sent("/health/ready")))).ShouldBe(HttpStatusCode.OK);

        await ShouldConnectAsync(server, through(new Sent("/hubs/messaging")), investor);
        await ShouldServeThePageAsync(anonymous, basePath, through);

        // The OpenAPI document, which the Swagger page loads by a relative address.
        using var description = await SendAsync(anonymous, through(new Sent("/openapi/v1.json")));
        var servers = JsonDocument.Parse(await description.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("servers");
        servers
            .EnumerateArray()
            .ShouldHaveSingleItem()
            .GetProperty("url")
            .GetString()
            .ShouldNotBeNull()
            .TrimEnd('/')
            .ShouldBe($"{server.Address.GetLeftPart(UriPartial.Authority)}{basePath}");
        using var swagger = await SendAsync(anonymous, through(new Sent("/swagger")));
        swagger.Headers.Location.ShouldNotBeNull().ToString().ShouldBe("swagger/index.html");
        using var settings = await SendAsync(anonymous, through(new Sent("/swagger/index.js")));
        (await settings.Content.ReadAsStringAsync(Cancellation)).ShouldContain("../openapi/v1.json");
    }

    private static async Task ShouldConnectAsync(ApiServer server, Sent hub, TestUser user)
    {
        await using var connection = new TestConnection(new HubConnectionBuilder()
            .WithUrl(new Uri(server.Address, hub.Path), options =>
            {
                options.AccessTokenProvider = () => Task.FromResult<string?>(user.AccessToken);
                options.Transports = HttpTransportType.WebSockets;
                options.SkipNegotiation = true;
                if (hub.Prefix is not null)
                    options.Headers[Header] = hub.Prefix;
            })
            .Build());

        await connection.StartAsync();
    }

    private static async Task ShouldServeThePageAsync(HttpClient client, string basePath, Func<Sent, Sent> through)
    {
        foreach (var address in (string[])["/", "/wallet", "/messages/01a206d5-bcec-7743-8547-8871ef22f352", "/index.html"])
        {
            using var page = await SendAsync(client, through(new Sent(address)));
            var text = await page.Content.ReadAsStringAsync(Cancellation);
            var tag = page.Headers.ETag.ShouldNotBeNull();
            using var again = await SendAsync(client, through(new Sent(address)), request => request.Headers.IfNoneMatch.Add(tag));
            using var head = await SendAsync(client, through(new Sent(address)), request => request.Method = HttpMethod.Head);

            text.ShouldContain($"<base href=\"{basePath}/\">");
            page.Headers.GetValues("Cache-Control").ShouldBe(["no-cache"]);
            again.StatusCode.ShouldBe(HttpStatusCode.NotModified);
            head.Content.Headers.ContentLength.ShouldBe(page.Content.Headers.ContentLength);
            foreach (var encoding in (string[])["br", "gzip"])
            {
                using var compressed = await SendAsync(
                    client,
                    through(new Sent(address)),
                    request => request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(encoding)));
                compressed.Content.Headers.ContentEncoding.ShouldBe([encoding]);
                compressed.Headers.ETag.ShouldNotBe(tag);
                (await DecompressAsync(encoding, await compressed.Content.ReadAsStreamAsync(Cancellation))).ShouldBe(text);
            }

            foreach (Match reference in Reference().Matches(text))
            {
                using var file = await SendAsync(client, through(new Sent($"/{reference.Groups["path"].Value}")));
                file.StatusCode.ShouldBe(HttpStatusCode.OK, reference.Value);
            }
        }

        using var root = await SendAsync(client, new Sent("/"));
        (await root.Content.ReadAsStringAsync(Cancellation)).ShouldContain("<base href=\"/\">");

        // The base path itself, if the proxy forwards it.
        var bare = through(new Sent("/")) with { Path = through(new Sent("/")).Path.TrimEnd('/') + "?x=1" };
        if (bare.Prefix is null)
        {
            using var redirected = await SendAsync(client, bare);
            redirected.StatusCode.ShouldBe(HttpStatusCode.Redirect);
            redirected.Headers.Location.ShouldNotBeNull().ToString().ShouldBe($"{basePath}/?x=1");
        }

        // An unknown address, requested by a browser.
        using var nothing = await SendAsync(client, through(new Sent("/nothing")), request => request.Headers.Accept.ParseAdd("text/html"));
        nothing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await nothing.Content.ReadAsStringAsync(Cancellation)).ShouldContain($"<base href=\"{basePath}/\">");
    }

    private static async Task<string> DecompressAsync(string encoding, Stream body)
    {
        await using Stream plain = encoding == "br"
            ? new BrotliStream(body, CompressionMode.Decompress)
            : new GZipStream(body, CompressionMode.Decompress);

        return await new StreamReader(plain).ReadToEndAsync(Cancellation);
    }

    private static async Task<string> GetAsync(ApiServer server, Sent sent)
    {
        using var client = server.CreateClient();
        using var answer = await SendAsync(client, sent);

        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, Sent sent)
    {
        using var answer = await SendAsync(client, sent);

        return answer.StatusCode;
    }

    /// <summary>Sends a request without following redirects.</summary>
    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, Sent sent, Action<HttpRequestMessage>? change = null)
    {
        using var follower = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = client.BaseAddress };
        using var request = new HttpRequestMessage(sent.Body is null ? HttpMethod.Get : HttpMethod.Post, sent.Path);
        request.Headers.Authorization = client.DefaultRequestHeaders.Authorization;
        if (sent.Prefix is not null)
            request.Headers.TryAddWithoutValidation(Header, sent.Prefix).ShouldBeTrue();
        if (sent.Body is not null)
            request.Content = new StringContent(sent.Body, Encoding.UTF8, sent.MediaType);
        change?.Invoke(request);
        var answer = await follower.SendAsync(request, Cancellation);
        await answer.Content.LoadIntoBufferAsync(Cancellation);

        return answer;
    }

    [GeneratedRegex("(src|href)=\"(?<path>[a-z_][^\"#]*)\"")]
    private static partial Regex Reference();

    /// <param name="Prefix">The prefix that the proxy stripped and sends in a header; null without such a header.</param>
    private sealed record Sent(string Path, string? Prefix = null, string? Body = null, string MediaType = "application/json");
}
