using System.Net;
using System.Text.Json;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Tokens;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Media;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class MediaLinkTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private static readonly byte[] _content = UploadSteps.Bytes(1000);

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MediaLink_WithoutAToken_ReturnsTheBytesAndRanges()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content, "image", "photo.png");
        var link = (await startup.LinksAsync(id))[0];
        using var client = _server.CreateClient();

        (await client.GetByteArrayAsync(link.GetProperty("url").GetString(), Token)).ShouldBe(_content);
        (await client.GetByteArrayAsync(link.GetProperty("thumbnailUrl").GetString(), Token)).ShouldBe([1, 2, 3]);
        using var request = new HttpRequestMessage(HttpMethod.Get, link.GetProperty("url").GetString());
        request.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(10, 19);
        using var part = await client.SendAsync(request, Token);
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await part.Content.ReadAsByteArrayAsync(Token)).ShouldBe(_content[10..20]);
        part.Headers.CacheControl!.ToString().ShouldBe("no-store, private");
    }

    [Fact]
    public async Task CreateMediaLinks_OfWhatTheCallerDoesNotSee_LeavesItOut()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (sent, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var unsent = await investor.UploadAsync(conversationId, _content);

        var own = await investor.LinksAsync(sent, unsent, Guid.CreateVersion7(), sent);
        var others = await startup.LinksAsync(unsent, sent);

        own.Select(link => link.GetProperty("attachmentId").GetGuid()).ShouldBe([sent, unsent]);
        others.Select(link => link.GetProperty("attachmentId").GetGuid()).ShouldBe([sent]);
        others[0].GetProperty("thumbnailUrl").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task CreateMediaLinks_OfANumber_IsLimited(int count, bool isAccepted)
    {
        var investor = await _server.RegisterInvestorAsync();

        var answer = await investor.PostAsync(
            "/api/attachments/links", new { attachmentIds = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()) });

        if (isAccepted)
            answer.Expect(HttpStatusCode.OK);
        else
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("attachmentIds").ShouldBe(["attachment.ids_out_of_range"]);
    }

    [Fact]
    public async Task MediaLink_OverTime_IsTheSameForAWhileAndExpires()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        server.Clock.FreezeAt(new DateTimeOffset(2027, 1, 5, 12, 0, 0, TimeSpan.Zero));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var first = (await investor.LinksAsync(id))[0];
        var url = first.GetProperty("url").GetString()!;
        first.GetProperty("expiresAt").GetDateTimeOffset().ShouldBe(new DateTimeOffset(2027, 1, 5, 12, 10, 0, TimeSpan.Zero));

        server.Clock.Shift(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        (await investor.LinksAsync(id))[0].GetProperty("url").GetString().ShouldBe(url);
        server.Clock.Shift(TimeSpan.FromTicks(1));
        (await investor.LinksAsync(id))[0].GetProperty("url").GetString().ShouldNotBe(url);
        using var client = server.CreateClient();
        server.Clock.Shift(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        (await client.GetByteArrayAsync(url, Token)).ShouldBe(_content);
        server.Clock.Shift(TimeSpan.FromTicks(1));
        await ShouldNotFindAsync(client, url);
    }

    [Fact]
    public async Task MediaLink_ThatIsChanged_IsNotFound()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var url = await investor.LinkAsync(id);
        using var client = _server.CreateClient();

        for (var place = "/media/".Length; place < url.Length; place += 7)
            await ShouldNotFindAsync(client, $"{url[..place]}{(url[place] == 'A' ? 'B' : 'A')}{url[(place + 1)..]}");

        await ShouldNotFindAsync(client, url[..^1]);
        await ShouldNotFindAsync(client, url + "A");
        await ShouldNotFindAsync(client, "/media");
    }

    [Fact]
    public async Task MediaLink_OfAnotherKey_IsNotFound()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var link = new MediaLink(
            new AttachmentId(id),
            AttachmentVariant.Original,
            new UserId(investor.Id),
            SessionId: null,
            AccessVersion: int.MaxValue,
            _server.Clock.GetUtcNow().AddMinutes(5));
        var others = new MediaLinks(Options.Create(new JwtOptions { SigningKey = ApiServer.SigningKey + "-other" }));
        using var client = _server.CreateClient();

        await ShouldNotFindAsync(client, $"/media/{others.Write(link)}");
        var ours = new MediaLinks(Options.Create(new JwtOptions { SigningKey = ApiServer.SigningKey }));
        (await client.GetByteArrayAsync($"/media/{ours.Write(link)}", Token)).ShouldBe(_content);
    }

    [Fact]
    public async Task MediaLink_AfterItsSessionEndedOrItsViewerWasDeactivated_IsNotFound()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (id, _) = await investor.SendAttachmentAsync(conversationId, _content);
        var again = await _server.LogInAsync(startup.Email);
        var (first, second) = (await startup.LinkAsync(id), await again.LinkAsync(id));
        var third = await investor.LinkAsync(id);
        using var client = _server.CreateClient();

        (await startup.PostAsync("/api/auth/logout", new { })).Expect(HttpStatusCode.OK);
        await ShouldNotFindAsync(client, first);
        (await client.GetByteArrayAsync(second, Token)).ShouldBe(_content);
        (await admin.PostAsync($"/api/admin/users/{startup.Id}/deactivate", new { })).Expect(HttpStatusCode.OK);
        await ShouldNotFindAsync(client, second);
        (await client.GetByteArrayAsync(third, Token)).ShouldBe(_content);
    }

    [Fact]
    public async Task MediaLink_WithATokenOfAnotherUser_IsThatOfItsViewer()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var unsent = await investor.UploadAsync(conversationId, _content);
        var link = await investor.LinkAsync(unsent);

        (await startup.Client.GetByteArrayAsync(link, Token)).ShouldBe(_content);
        await ShouldNotFindAsync(investor.Client, "/media");
    }

    [Fact]
    public async Task MediaLink_OfARequest_IsInNoLog()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (id, messageId) = await investor.SendAttachmentAsync(conversationId, _content);
        var link = await investor.LinkAsync(id);
        var changed = link[..^1];
        server.AddSecret(changed["/media/".Length..]);
        using var client = server.CreateClient();
        using var behindTheEnd = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { { "Range", "bytes=1000-" } } };
        using var post = new HttpRequestMessage(HttpMethod.Post, link);

        (await client.GetByteArrayAsync(link, Token)).ShouldBe(_content);
        (await Answer.OfAsync(await client.SendAsync(behindTheEnd, Token))).Status.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        (await Answer.OfAsync(await client.SendAsync(post, Token))).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        await ShouldNotFindAsync(client, changed);
        store.IsDown = true;
        (await Answer.OfAsync(await client.GetAsync(link, Token))).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");
        store.IsDown = false;
        (await investor.DeleteMessageAsync(messageId)).Expect(HttpStatusCode.OK);
        await ShouldNotFindAsync(client, link);
        server.Clock.Shift(TimeSpan.FromMinutes(10));
        await ShouldNotFindAsync(client, link);
    }

    private static async Task ShouldNotFindAsync(HttpClient client, string url) =>
        (await Answer.OfAsync(await client.GetAsync(url, Token))).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
}
