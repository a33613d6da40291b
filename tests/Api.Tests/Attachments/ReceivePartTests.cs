using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class ReceivePartTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReceivePart_AtTheOffset_AdvancesAndIsFoundByHead()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);

        (await investor.PatchAsync(id, 0, [1, 2, 3, 4])).Expect(HttpStatusCode.NoContent).OffsetOf().ShouldBe("4");
        (await investor.PatchAsync(id, 4, [5, 6])).Expect(HttpStatusCode.NoContent).OffsetOf().ShouldBe("6");

        using var request = new HttpRequestMessage(HttpMethod.Head, $"/api/uploads/{id}");
        using var head = await investor.Client.SendAsync(request, Token);
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
        head.Headers.GetValues("Upload-Offset").ShouldBe(["6"]);
        head.Headers.GetValues("Upload-Length").ShouldBe(["10"]);
        head.Headers.GetValues("Tus-Resumable").ShouldBe(["1.0.0"]);
        head.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task ReceivePart_AtAnotherOffset_SaysWhereItContinues()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        (await investor.PatchAsync(id, 0, [1, 2])).Expect(HttpStatusCode.NoContent);

        foreach (var offset in new[] { 0, 1, 3, 11 })
        {
            var answer = (await investor.PatchAsync(id, offset, [9])).ExpectError(HttpStatusCode.Conflict, "attachment.offset_mismatch");
            answer.OffsetOf().ShouldBe("2");
            answer.Body.GetProperty("offset").GetInt64().ShouldBe(2);
        }
    }

    [Fact]
    public async Task ReceivePart_EightAtOneOffset_KeepsOneAndDeletesTheOthers()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 8).Select(number => investor.PatchAsync(id, 0, [.. Enumerable.Repeat((byte)number, 10)])));

        answers.Count(answer => answer.Status == HttpStatusCode.NoContent).ShouldBe(1);
        answers.Where(answer => answer.Status != HttpStatusCode.NoContent)
            .ShouldAllBe(answer => answer.Code == "attachment.offset_mismatch");
        store.Objects.Count.ShouldBe(1);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(1);
        (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
        var content = await investor.Client.GetByteArrayAsync($"/api/attachments/{id}", Token);
        content.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task ReceivePart_WhoseConnectionBreaksOff_KeepsWhatCame()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 1000);

        using (var connection = new TcpClient())
        {
            await connection.ConnectAsync(server.Address.Host, server.Address.Port, Token);
            await using var stream = connection.GetStream();
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"PATCH /api/uploads/{id} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {investor.AccessToken}\r\n"
                    + $"Content-Type: {UploadSteps.PartType}\r\nUpload-Offset: 0\r\nContent-Length: 1000\r\n\r\n"),
                Token);
            await stream.WriteAsync(UploadSteps.Bytes(400), Token);
            await stream.FlushAsync(Token);
            await Eventually.TrueAsync(() => store.BytesRead == 400, "The server did not read what came.");
        }

        await Eventually.TrueAsync(
            async () => (await investor.GetAsync($"/api/uploads/{id}")).Data.GetProperty("offset").GetInt64() == 400,
            "The bytes that came were not kept.");
        (await investor.PatchAsync(id, 400, UploadSteps.Bytes(1000)[400..])).Expect(HttpStatusCode.NoContent);
        (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
        (await investor.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(UploadSteps.Bytes(1000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReceivePart_BeyondTheAnnouncedSize_KeepsNothing(bool hasLength)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);

        var answer = await investor.PatchAsync(id, 0, Part(11, hasLength));

        answer.ExpectError(HttpStatusCode.RequestEntityTooLarge, "attachment.too_large");
        (await investor.GetAsync($"/api/uploads/{id}")).Data.GetProperty("offset").GetInt64().ShouldBe(0);
        (await investor.PatchAsync(id, 0, Part(10, hasLength))).Expect(HttpStatusCode.NoContent).OffsetOf().ShouldBe("10");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReceivePart_LongerThanAChunk_KeepsNothing(bool hasLength)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, AttachmentPolicy.ChunkBytes + 10);

        (await investor.PatchAsync(id, 0, Part((int)AttachmentPolicy.ChunkBytes + 1, hasLength)))
            .ExpectError(HttpStatusCode.RequestEntityTooLarge, "request.too_large");
        (await investor.PatchAsync(id, 0, Part((int)AttachmentPolicy.ChunkBytes, hasLength)))
            .Expect(HttpStatusCode.NoContent).OffsetOf().ShouldBe($"{AttachmentPolicy.ChunkBytes}");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/octet-stream")]
    public async Task ReceivePart_OfAnotherMediaType_IsRejected(string type)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);

        (await investor.PatchAsync(id, 0, [1], type)).ExpectError(HttpStatusCode.UnsupportedMediaType, "request.unsupported_media_type");
    }

    [Fact]
    public async Task ReceivePart_ThatIsCompressed_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        var part = Part(1, hasLength: true);
        part.Headers.ContentEncoding.Add("gzip");

        (await investor.PatchAsync(id, 0, part)).ExpectError(HttpStatusCode.UnsupportedMediaType, "request.unsupported_content_encoding");
    }

    [Fact]
    public async Task ReceivePart_OfAnotherVersionOfTheProtocol_SaysWhichOneIsSupported()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/uploads/{id}") { Content = Part(1, hasLength: true) };
        request.Headers.Add("Upload-Offset", "0");
        request.Headers.Add("Tus-Resumable", "0.2.2");

        var answer = await Answer.OfAsync(await investor.Client.SendAsync(request, Token));

        answer.ExpectError(HttpStatusCode.PreconditionFailed, "attachment.unsupported_protocol");
        answer.Headers.GetValues("Tus-Version").ShouldBe(["1.0.0"]);
    }

    [Fact]
    public async Task Upload_OfAnotherOrUnknownOrRemoved_IsNotFoundEverywhere()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        (await investor.PatchAsync(id, 0, [1])).Expect(HttpStatusCode.NoContent);

        await ShouldNotFindAsync(startup, id);
        await ShouldNotFindAsync(investor, Guid.CreateVersion7());
        (await investor.DeleteAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.NoContent);
        await ShouldNotFindAsync(investor, id);
    }

    [Fact]
    public async Task Upload_AtTheEndOfItsDay_IsNotFound()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var begun = (await investor.BeginUploadAsync(conversationId, 10)).Expect(HttpStatusCode.Created);
        var end = begun.Data.GetProperty("bindBefore").GetDateTimeOffset();

        server.Clock.FreezeAt(end - TimeSpan.FromMilliseconds(1));
        investor = await server.LogInAsync(investor.Email);
        (await investor.PatchAsync(begun.Id(), 0, [1])).Expect(HttpStatusCode.NoContent);
        server.Clock.FreezeAt(end);
        await ShouldNotFindAsync(investor, begun.Id());
    }

    [Fact]
    public async Task ReceivePart_OneByteAtATime_IsLimited()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        await _server.ExecuteAsync(
            $"""
            INSERT INTO attachment_objects (id, attachment_id, role, part_offset, is_used, created_at)
            SELECT gen_random_uuid(), '{id}', 0, 0, false, now() FROM generate_series(1, {AttachmentPolicy.PartsMax - 1})
            """);

        (await investor.PatchAsync(id, 0, [1])).Expect(HttpStatusCode.NoContent);
        (await investor.PatchAsync(id, 1, [1])).ExpectError(HttpStatusCode.Conflict, "attachment.too_many_parts");
    }

    [Fact]
    public async Task ReceivePart_WhileTheStorageIsDown_IsUnavailableAndKeepsTheOffset()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        store.IsDown = true;

        var answer = (await investor.PatchAsync(id, 0, [1])).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");

        answer.Body.GetProperty("retryable").GetBoolean().ShouldBeTrue();
        store.IsDown = false;
        (await investor.GetAsync($"/api/uploads/{id}")).Data.GetProperty("offset").GetInt64().ShouldBe(0);
        (await investor.PatchAsync(id, 0, [1])).Expect(HttpStatusCode.NoContent);
    }

    private static async Task ShouldNotFindAsync(TestUser user, Guid id)
    {
        Answer[] answers =
        [
            await user.GetAsync($"/api/uploads/{id}"),
            await user.PatchAsync(id, 0, [1]),
            await user.PatchAsync(id, 1, [1]),
            await user.CompleteAsync(id),
            await user.DeleteAsync($"/api/uploads/{id}"),
            await user.GetAsync($"/api/attachments/{id}"),
        ];
        foreach (var answer in answers)
            answer.ExpectError(HttpStatusCode.NotFound, "attachment.not_found");

        answers.Select(answer => answer.Body.GetProperty("title").GetString()).Distinct().Count().ShouldBe(1);
    }

    private static HttpContent Part(int bytes, bool hasLength)
    {
        HttpContent part = hasLength ? new ByteArrayContent(UploadSteps.Bytes(bytes)) : new Unmeasured(UploadSteps.Bytes(bytes));
        part.Headers.ContentType = new MediaTypeHeaderValue(UploadSteps.PartType);

        return part;
    }

    /// <summary>A body of unknown length, which is sent in chunks.</summary>
    private sealed class Unmeasured(byte[] content) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(content).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;

            return false;
        }
    }
}
