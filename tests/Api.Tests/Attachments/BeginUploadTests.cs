using System.Net;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class BeginUploadTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task BeginUpload_ByAParticipant_IsCreatedAtOffsetZero()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var clientUploadId = Guid.CreateVersion7();

        var answer = (await investor.BeginUploadAsync(conversationId, 10, clientUploadId: clientUploadId)).Expect(HttpStatusCode.Created);

        answer.OffsetOf().ShouldBe("0");
        answer.Headers.Location!.ToString().ShouldBe($"/api/uploads/{answer.Data.Id()}");
        answer.Headers.GetValues("Tus-Resumable").ShouldBe(["1.0.0"]);
        answer.Data.GetProperty("clientUploadId").GetGuid().ShouldBe(clientUploadId);
        answer.Data.GetProperty("state").GetString().ShouldBe("receiving");
        answer.Data.GetProperty("offset").GetInt64().ShouldBe(0);
        answer.Data.GetProperty("chunkBytes").GetInt64().ShouldBe(8 * 1024 * 1024);
        answer.Data.GetProperty("bindBefore").GetDateTimeOffset().ShouldBe(_server.Clock.GetUtcNow().AddHours(24), TimeSpan.FromMinutes(1));
        (await investor.GetAsync($"/api/uploads/{answer.Data.Id()}")).Expect(HttpStatusCode.OK).Data.GetRawText()
            .ShouldBe(answer.Data.GetRawText());
    }

    [Fact]
    public async Task BeginUpload_Again_ReturnsTheUploadAsFarAsItIs()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var clientUploadId = Guid.CreateVersion7();
        var id = (await investor.BeginUploadAsync(conversationId, 10, clientUploadId: clientUploadId)).Expect(HttpStatusCode.Created).Id();
        (await investor.PatchAsync(id, 0, [1, 2, 3])).Expect(HttpStatusCode.NoContent);

        var again = (await investor.BeginUploadAsync(conversationId, 10, clientUploadId: clientUploadId)).Expect(HttpStatusCode.OK);

        again.Id().ShouldBe(id);
        again.OffsetOf().ShouldBe("3");
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        (await investor.BeginUploadAsync(conversationId, 11, clientUploadId: clientUploadId))
            .ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.client_id_reused");
    }

    [Fact]
    public async Task BeginUpload_InParallelWithOneId_BeginsOne()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var clientUploadId = Guid.CreateVersion7();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => investor.BeginUploadAsync(conversationId, 10, clientUploadId: clientUploadId)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(7);
        answers.Select(answer => answer.Id()).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task BeginUpload_ByNonParticipant_IsNotFoundAsAnUnknownConversation()
    {
        var (_, _, conversationId) = await _server.RegisterPairAsync();
        var other = await _server.RegisterInvestorAsync();

        var foreign = (await other.BeginUploadAsync(conversationId, 10)).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
        var unknown = (await other.BeginUploadAsync(Guid.CreateVersion7(), 10)).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");

        foreign.Body.GetProperty("title").GetString().ShouldBe(unknown.Body.GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("file", "a/b", 1, "name", "attachment.invalid_name")]
    [InlineData("file", "", 1, "name", "attachment.invalid_name")]
    [InlineData("file", "a", 0, "bytes", "attachment.empty")]
    [InlineData("file", "a", -1, "bytes", "attachment.empty")]
    [InlineData("video", "a", 1, "kind", "attachment.invalid_kind")]
    [InlineData("File", "a", 1, "kind", "attachment.invalid_kind")]
    [InlineData("voice", "a", 1, "voice", "attachment.invalid_voice")]
    public async Task BeginUpload_WithAnInvalidMember_NamesIt(string kind, string name, long bytes, string member, string code)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.BeginUploadAsync(conversationId, bytes, kind, name))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(member).ShouldBe([code]);
    }

    [Fact]
    public async Task BeginUpload_OfAVoiceRecording_NeedsItsDurationAndWaveform()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.BeginUploadAsync(conversationId, 1, "voice", voice: new { durationMs = 300, waveform = new[] { 0, 100 } }))
            .Expect(HttpStatusCode.Created);
        (await investor.BeginUploadAsync(conversationId, 1, "voice", voice: new { durationMs = 299, waveform = new[] { 0 } }))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("voice").ShouldBe(["attachment.invalid_voice"]);
        (await investor.BeginUploadAsync(conversationId, 1, "file", voice: new { durationMs = 300, waveform = new[] { 0 } }))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("voice").ShouldBe(["attachment.invalid_voice"]);
    }

    [Fact]
    public async Task BeginUpload_AroundTheLargestSize_IsTooLarge()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.BeginUploadAsync(conversationId, AttachmentPolicy.DefaultMaxBytes)).Expect(HttpStatusCode.Created);
        (await investor.BeginUploadAsync(conversationId, AttachmentPolicy.DefaultMaxBytes + 1))
            .ExpectError(HttpStatusCode.RequestEntityTooLarge, "attachment.too_large").Body.GetProperty("maxBytes").GetInt64()
            .ShouldBe(AttachmentPolicy.DefaultMaxBytes);
        (await investor.BeginUploadAsync(conversationId, long.MaxValue))
            .ExpectError(HttpStatusCode.RequestEntityTooLarge, "attachment.too_large");
    }

    [Fact]
    public async Task BeginUpload_OfAProgram_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.BeginUploadAsync(conversationId, 10, name: "setup.EXE. "))
            .ExpectError(HttpStatusCode.BadRequest, "attachment.type_refused");
    }

    [Fact]
    public async Task BeginUpload_FiftyInParallelWithSpaceForTen_BeginsTen()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Attachments:UserBytes"] = "1000" });
        var (investor, _, conversationId) = await server.RegisterPairAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => investor.BeginUploadAsync(conversationId, 100)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(10);
        answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Code == "attachment.storage_full").ShouldBe(40);
        var full = answers.First(answer => answer.Status == HttpStatusCode.Conflict).Body;
        full.GetProperty("bytesUsed").GetInt64().ShouldBe(1000);
        full.GetProperty("bytesLimit").GetInt64().ShouldBe(1000);
    }

    [Fact]
    public async Task BeginUpload_FortyInParallel_BeginsTwenty()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => investor.BeginUploadAsync(conversationId, 10)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(AttachmentPolicy.OpenUploadsMax);
        answers.Where(answer => answer.Status != HttpStatusCode.Created)
            .ShouldAllBe(answer => answer.Code == "attachment.too_many_uploads");
    }

    [Fact]
    public async Task BeginUpload_WithoutKeys_IsDisabled()
    {
        await using var server = await fixture.StartWithoutStorageAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = Guid.CreateVersion7();

        Answer[] answers =
        [
            await investor.BeginUploadAsync(conversationId, 10),
            await investor.GetAsync($"/api/uploads/{id}"),
            await investor.PatchAsync(id, 0, [1]),
            await investor.CompleteAsync(id),
            await investor.DeleteAsync($"/api/uploads/{id}"),
            await investor.GetAsync($"/api/attachments/{id}"),
            await investor.GetAsync("/api/attachments/usage"),
            await investor.PostAsync("/api/attachments/links", new { attachmentIds = new[] { id } }),
            await investor.GetAsync($"/api/conversations/{conversationId}/attachments"),
        ];

        foreach (var answer in answers)
        {
            answer.ExpectError(HttpStatusCode.Forbidden, "feature.disabled").Body.GetProperty("feature").GetString()
                .ShouldBe("attachments");
        }
    }
}
