using System.Net;
using System.Net.Http.Headers;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class OpenAttachmentTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private static readonly byte[] _content = UploadSteps.Bytes(1000);

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAttachment_BeforeAndAfterTheSend_IsForItsUploaderAndThenForBoth()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var other = await _server.RegisterStartupAsync();
        var id = await investor.UploadAsync(conversationId, _content);

        (await investor.Client.GetByteArrayAsync(Path(id), Token)).ShouldBe(_content);
        await ShouldNotFindAsync(startup, id);
        (await investor.SendAttachmentsAsync(conversationId, "", [id])).Expect(HttpStatusCode.Created);

        (await investor.Client.GetByteArrayAsync(Path(id), Token)).ShouldBe(_content);
        (await startup.Client.GetByteArrayAsync(Path(id), Token)).ShouldBe(_content);
        await ShouldNotFindAsync(other, id);
        await ShouldNotFindAsync(other, Guid.CreateVersion7());
    }

    [Fact]
    public async Task OpenAttachment_OfAFile_IsADownloadThatNoBrowserShowsOrStores()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        const string Name = "a \"b\"; c=d,é😀.html";
        var id = await investor.UploadAsync(conversationId, _content, name: Name);

        using var response = await investor.Client.GetAsync(Path(id), Token);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/octet-stream");
        response.Content.Headers.ContentLength.ShouldBe(_content.Length);
        response.Content.Headers.GetValues("Content-Disposition").Single()
            .ShouldBe("attachment; filename*=UTF-8''a%20%22b%22%3B%20c%3Dd%2C%C3%A9%F0%9F%98%80.html");
        response.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe(Name);
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        response.Headers.GetValues("Content-Security-Policy").ShouldBe(["sandbox; default-src 'none'; frame-ancestors 'none'"]);
        response.Headers.GetValues("Cross-Origin-Resource-Policy").ShouldBe(["same-origin"]);
        response.Headers.CacheControl!.ToString().ShouldBe("no-store, private");
        response.Headers.GetValues("Accept-Ranges").ShouldBe(["bytes"]);
        response.Headers.ETag!.ToString().ShouldBe($"\"{id}-original\"");
    }

    [Fact]
    public async Task OpenAttachment_OfAnImage_IsShownInPlaceAndHasAThumbnail()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var image = await investor.UploadAsync(conversationId, _content, "image", "photo.png");
        var file = await investor.UploadAsync(conversationId, _content);

        using var original = await investor.Client.GetAsync(Path(image), Token);
        using var thumbnail = await investor.Client.GetAsync($"{Path(image)}?variant=thumbnail", Token);

        original.Content.Headers.ContentType!.ToString().ShouldBe("image/png");
        original.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("inline");
        thumbnail.Content.Headers.ContentType!.ToString().ShouldBe("image/webp");
        thumbnail.Headers.ETag!.ToString().ShouldBe($"\"{image}-thumbnail\"");
        (await thumbnail.Content.ReadAsByteArrayAsync(Token)).ShouldBe([1, 2, 3]);
        (await investor.GetAsync($"{Path(file)}?variant=thumbnail")).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await investor.GetAsync($"{Path(image)}?variant=small"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("variant").ShouldBe(["attachment.invalid_variant"]);
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 0)]
    [InlineData("bytes=0-999", 0, 999)]
    [InlineData("bytes=10-19", 10, 19)]
    [InlineData("bytes=990-", 990, 999)]
    [InlineData("bytes=990-5000", 990, 999)]
    [InlineData("bytes=-1", 999, 999)]
    [InlineData("bytes=-5000", 0, 999)]
    public async Task OpenAttachment_OfARange_ReturnsIt(string range, int first, int last)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, _content);

        using var response = await GetAsync(investor, id, range);

        response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        response.Content.Headers.ContentRange!.ToString().ShouldBe($"bytes {first}-{last}/1000");
        (await response.Content.ReadAsByteArrayAsync(Token)).ShouldBe(_content[first..(last + 1)]);
    }

    [Theory]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("bytes=")]
    [InlineData("bytes=b-c")]
    [InlineData("bytes=5-1")]
    [InlineData("pages=1-2")]
    public async Task OpenAttachment_OfARangeThatIsNotOne_ReturnsTheWhole(string range)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, _content);

        using var response = await GetAsync(investor, id, range);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync(Token)).ShouldBe(_content);
    }

    [Theory]
    [InlineData("bytes=1000-")]
    [InlineData("bytes=1000-1001")]
    [InlineData("bytes=-0")]
    public async Task OpenAttachment_OfARangeBehindTheEnd_SaysHowLongItIs(string range)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, _content);

        using var response = await GetAsync(investor, id, range);

        response.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        response.Content.Headers.ContentRange!.ToString().ShouldBe("bytes */1000");
        (await response.Content.ReadAsStringAsync(Token)).ShouldContain("attachment.range_not_satisfiable");
    }

    [Fact]
    public async Task OpenAttachment_WithAKnownVersion_IsNotSentAgainAndARangeOfAnotherIsTheWhole()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, _content);
        using var known = new HttpRequestMessage(HttpMethod.Get, Path(id));
        known.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{id}-original\""));
        using var same = new HttpRequestMessage(HttpMethod.Get, Path(id)) { Headers = { Range = new RangeHeaderValue(0, 1) } };
        same.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue($"\"{id}-original\""));
        using var other = new HttpRequestMessage(HttpMethod.Get, Path(id)) { Headers = { Range = new RangeHeaderValue(0, 1) } };
        other.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue("\"other\""));

        using var notModified = await investor.Client.SendAsync(known, Token);
        using var part = await investor.Client.SendAsync(same, Token);
        using var whole = await investor.Client.SendAsync(other, Token);

        notModified.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        whole.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task OpenAttachment_ByHead_HasTheHeadersOnly()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, _content);
        using var request = new HttpRequestMessage(HttpMethod.Head, Path(id));

        using var response = await investor.Client.SendAsync(request, Token);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentLength.ShouldBe(1000);
        (await response.Content.ReadAsByteArrayAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task OpenAttachment_AroundTheExpiryOfItsMessage_IsNotFoundAtTheInstantItself()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (id, messageId) = await investor.SendAttachmentAsync(conversationId, _content, expirationHours: 1);
        var expiresAt = new DateTimeOffset(
            await server.QueryAsync<DateTime>($"SELECT expires_at FROM messages WHERE id = '{messageId}'"), TimeSpan.Zero);

        server.Clock.FreezeAt(expiresAt - TimeSpan.FromMilliseconds(1));
        (investor, startup) = (await server.LogInAsync(investor.Email), await server.LogInAsync(startup.Email));
        var url = await startup.LinkAsync(id);
        (await startup.Client.GetByteArrayAsync(Path(id), Token)).ShouldBe(_content);
        (await server.CreateClient().GetByteArrayAsync(url, Token)).ShouldBe(_content);

        server.Clock.FreezeAt(expiresAt);
        foreach (var user in new[] { investor, startup })
        {
            await ShouldNotFindAsync(user, id);
            (await user.LinksAsync(id)).ShouldBeEmpty();
            (await user.GetAsync($"/api/conversations/{conversationId}/attachments"))
                .Expect(HttpStatusCode.OK).Data.GetArrayLength().ShouldBe(0);
        }

        using var client = server.CreateClient();
        (await Answer.OfAsync(await client.GetAsync(url, Token))).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await investor.GetAsync("/api/attachments/usage")).Data.GetProperty("bytesUsed").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task OpenAttachment_AfterItsMessageWasDeletedOrHidden_IsNotFound()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (deleted, deletedMessage) = await investor.SendAttachmentAsync(conversationId, _content);
        var (hidden, hiddenMessage) = await investor.SendAttachmentAsync(conversationId, _content);

        (await investor.DeleteMessageAsync(deletedMessage)).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { hiddenMessage } }))
            .Expect(HttpStatusCode.OK);

        await ShouldNotFindAsync(investor, deleted);
        await ShouldNotFindAsync(startup, deleted);
        await ShouldNotFindAsync(startup, hidden);
        (await investor.Client.GetByteArrayAsync(Path(hidden), Token)).ShouldBe(_content);
    }

    [Fact]
    public async Task OpenAttachment_WhileTheStorageIsDown_IsUnavailable()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.UploadAsync(conversationId, _content);
        store.IsDown = true;

        (await investor.GetAsync(Path(id))).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");
    }

    private static string Path(Guid id) => $"/api/attachments/{id}";

    private static async Task ShouldNotFindAsync(TestUser user, Guid id) =>
        (await user.GetAsync(Path(id))).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");

    private static async Task<HttpResponseMessage> GetAsync(TestUser user, Guid id, string range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(id));
        request.Headers.TryAddWithoutValidation("Range", range).ShouldBeTrue();

        return await user.Client.SendAsync(request, Token);
    }
}
