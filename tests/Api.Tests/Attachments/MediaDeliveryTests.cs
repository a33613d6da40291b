using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

/// <summary>Tests links on an origin of their own, servers with a role, and caches between server and browser.</summary>
public sealed class MediaDeliveryTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private const string Host = "media.example.com";
    private const string Origin = $"http://{Host}";
    private static readonly byte[] _content = UploadSteps.Bytes(100_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MediaOrigin_IfConfigured_AnswersLinksAndNothingElse()
    {
        await using var server = await StartAsync(("Media:Origin", Origin), ("OpenApi:Enabled", "true"));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var link = await investor.LinkAsync(id);
        using var client = server.CreateClient();

        link.ShouldStartWith($"{Origin}/media/");
        using var elsewhere = await GetAsync(client, new Uri(link).AbsolutePath, null);
        elsewhere.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var answer = await GetAsync(client, new Uri(link).AbsolutePath, Host);
        (await answer.Content.ReadAsByteArrayAsync(Token)).ShouldBe(_content);
        answer.Headers.GetValues("Cross-Origin-Resource-Policy").ShouldBe(["cross-origin"]);
        answer.Headers.Contains("CDN-Cache-Control").ShouldBeFalse();
        foreach (var path in (string[])["/", "/messages", "/api/conversations", "/hubs/messaging", "/swagger/index.html", "/openapi/v1.json"])
        {
            using var ours = await GetAsync(client, path, null);
            ours.StatusCode.ShouldNotBe(HttpStatusCode.NotFound, path);
            using var other = await GetAsync(client, path, "MEDIA.example.com");
            other.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        using var page = await GetAsync(client, "/sign-in", null);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain($"img-src 'self' data: blob: {Origin};");
        policy.ShouldContain($"media-src 'self' blob: {Origin};");
        page.Headers.GetValues("Cross-Origin-Resource-Policy").ShouldBe(["same-origin"]);
    }

    [Fact]
    public async Task Server_WithARole_AnswersOnlyThat()
    {
        var database = await fixture.CreateDatabaseAsync();
        await using var api = await StartAsync(database, ("Media:Serve", "Api"), ("Media:Origin", Origin));
        await using var media = await StartAsync(database, ("Media:Serve", "Media"), ("Media:Origin", Origin));
        var (investor, _, conversationId) = await api.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var path = new Uri(await investor.LinkAsync(id)).AbsolutePath;
        using var ofApi = api.CreateClient();
        using var ofMedia = media.CreateClient();

        using var answer = await GetAsync(ofMedia, path, Host);
        (await answer.Content.ReadAsByteArrayAsync(Token)).ShouldBe(_content);
        (await ofMedia.GetAsync("/health/ready", Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ofMedia.GetAsync("/api/conversations", Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ofMedia.GetAsync("/", Token)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var ofOther = await GetAsync(ofApi, path, Host);
        ofOther.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ofApi.GetAsync("/health/ready", Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(3600, "public, max-age=100", "100")]
    [InlineData(102, "public, max-age=100", "100")]
    [InlineData(101, "public, max-age=100", "100")]
    [InlineData(100.9, "public, max-age=99", "99")]
    [InlineData(2, "public, max-age=1", "1")]
    [InlineData(1.999, "no-store", "0")]
    [InlineData(0.001, "no-store", "0")]
    public async Task Link_ForACdn_IsKeptNeverLongerThanItsMessageIsVisible(double secondsLeft, string cdn, string nginx)
    {
        await using var server = await StartAsync(("Media:CdnSeconds", "100"));
        server.Clock.FreezeAt(new DateTimeOffset(2027, 1, 5, 12, 0, 0, TimeSpan.Zero));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content, expirationHours: 1);
        server.Clock.Shift(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(secondsLeft));
        var link = await (await server.LogInAsync(investor.Email)).LinkAsync(id);
        using var client = server.CreateClient();

        using var answer = await client.GetAsync(link, Token);

        answer.EnsureSuccessStatusCode();
        answer.Headers.GetValues("CDN-Cache-Control").ShouldBe([cdn]);
        answer.Headers.GetValues("X-Accel-Expires").ShouldBe([nginx]);
        answer.Headers.CacheControl!.ToString().ShouldBe("no-store, private");
    }

    [Fact]
    public async Task Link_ForACdn_IsForAllParticipantsAndEndsWithTheMessage()
    {
        await using var server = await StartAsync(("Media:CdnSeconds", "100"));
        server.Clock.FreezeAt(new DateTimeOffset(2027, 1, 5, 12, 0, 0, TimeSpan.Zero));
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, messageId) = await investor.SendAttachmentAsync(conversationId, _content);
        var unsent = await investor.UploadAsync(conversationId, _content);
        using var client = server.CreateClient();

        var link = await investor.LinkAsync(id);
        (await startup.LinkAsync(id)).ShouldBe(link);
        using var own = await client.GetAsync(await investor.LinkAsync(unsent), Token);
        own.EnsureSuccessStatusCode();
        own.Headers.Contains("CDN-Cache-Control").ShouldBeFalse();
        (await client.GetByteArrayAsync(link, Token)).ShouldBe(_content);

        (await investor.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { messageId } })).Expect(HttpStatusCode.OK);
        (await client.GetByteArrayAsync(link, Token)).ShouldBe(_content);
        (await investor.DeleteAsync($"/api/messages/{messageId}")).Expect(HttpStatusCode.OK);
        (await Answer.OfAsync(await client.GetAsync(link, Token))).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
    }

    /// <summary>
    /// Reads through an nginx that caches, until the message expires. The server's clock is set so that this takes seconds: nginx compares
    /// with the clock of the machine.
    /// </summary>
    [Fact]
    public async Task Link_BehindNginxThatCaches_IsServedFromTheCacheAndNotAfterTheExpiry()
    {
        Nginx.SkipUnlessInstalled();
        await using var server = await StartAsync(("Media:CdnSeconds", "100"));
        await using var nginx = Nginx.Reserve();
        await nginx.StartAsync("# nginx keeps attachments", server.Address);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content, expirationHours: 1);
        server.Clock.Shift(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(5));
        var expiresAt = server.Clock.GetUtcNow() + TimeSpan.FromSeconds(5);
        var again = await server.LogInAsync(investor.Email);
        var link = (await again.LinksAsync(id))[0];
        link.GetProperty("expiresAt").GetDateTimeOffset().ShouldBeLessThanOrEqualTo(expiresAt);
        expiresAt = link.GetProperty("expiresAt").GetDateTimeOffset();
        var reads = fixture.Store.Reads;
        using var client = new HttpClient();
        var served = 0;
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            var asked = server.Clock.GetUtcNow();
            using var answer = await client.GetAsync(nginx.AddressOf(link.GetProperty("url").GetString()!), Token);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                break;

            if (answer.StatusCode == HttpStatusCode.BadGateway)
            {
                // The response was under way at the instant, so the server closed its connection to nginx.
                server.Clock.GetUtcNow().ShouldBeGreaterThanOrEqualTo(expiresAt);
                continue;
            }

            answer.EnsureSuccessStatusCode();
            asked.ShouldBeLessThan(expiresAt, "a request after the expiry was answered from the cache");
            (await answer.Content.ReadAsByteArrayAsync(Token)).Length.ShouldBe(_content.Length);
            served++;
            waiting.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
            await Task.Delay(20, Token);
        }

        server.Clock.GetUtcNow().ShouldBeGreaterThanOrEqualTo(expiresAt);
        (fixture.Store.Reads - reads).ShouldBeInRange(1, served / 2, $"reads of the storage for {served} responses");
    }

    private Task<ApiServer> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    private Task<ApiServer> StartAsync(string? database, params (string Key, string Value)[] settings) =>
        fixture.StartAnotherAsync(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value), connectionString: database);

    private static Task<HttpResponseMessage> GetAsync(HttpClient client, string path, string? host)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        request.Headers.Accept.ParseAdd("text/html");

        return client.SendAsync(request, Token);
    }
}
