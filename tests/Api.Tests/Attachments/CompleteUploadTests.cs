using System.Net;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Attachments;

public sealed class CompleteUploadTests(AttachmentServerFixture fixture) : IClassFixture<AttachmentServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CompleteUpload_BeforeAllBytesAreThere_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        (await investor.PatchAsync(id, 0, UploadSteps.Bytes(9))).Expect(HttpStatusCode.NoContent);

        var answer = (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.Conflict, "attachment.incomplete");

        answer.Body.GetProperty("offset").GetInt64().ShouldBe(9);
        answer.OffsetOf().ShouldBe("9");
    }

    [Fact]
    public async Task CompleteUpload_Twice_ReturnsTheSameAndDeletesTheParts()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10, "image", "photo.png");
        (await investor.PatchAsync(id, 0, UploadSteps.Bytes(10)[..4])).Expect(HttpStatusCode.NoContent);
        (await investor.PatchAsync(id, 4, UploadSteps.Bytes(10)[4..])).Expect(HttpStatusCode.NoContent);

        var first = (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
        var second = (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);

        second.Text.ShouldBe(first.Text);
        first.Data.GetProperty("kind").GetString().ShouldBe("image");
        first.Data.GetProperty("width").GetInt32().ShouldBe(4);
        first.Data.GetProperty("durationMs").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        store.Objects.Count.ShouldBe(2);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects WHERE is_used")).ShouldBe(2);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects WHERE NOT is_used")).ShouldBe(0);
        var upload = (await investor.GetAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.OK);
        upload.Data.GetProperty("state").GetString().ShouldBe("ready");
        upload.Data.GetProperty("attachment").GetRawText().ShouldBe(first.Data.GetRawText());
    }

    /// <summary>An image whose conversion takes too long would cost the same time again with every repetition.</summary>
    [Fact]
    public async Task CompleteUpload_WhoseInspectionTakesTooLongThreeTimes_IsRejectedForGood()
    {
        var store = new MemoryAttachments { Inspecting = () => throw new InspectionTimeoutException("The image was not converted in time.") };
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.ReceivedUploadAsync(conversationId, UploadSteps.Bytes(10), "image", "photo.png");
        var other = await investor.ReceivedUploadAsync(conversationId, UploadSteps.Bytes(10), "image", "photo.png");

        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");
        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");
        (await investor.CompleteAsync(other)).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");
        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.image_too_large");

        store.Inspecting = () => Task.CompletedTask;
        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.image_too_large");
        var upload = (await investor.GetAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.OK).Data;
        upload.GetProperty("state").GetString().ShouldBe("refused");
        upload.GetProperty("refusal").GetString().ShouldBe("attachment.image_too_large");
        store.Objects.Count.ShouldBe(1);
        (await investor.CompleteAsync(other)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task CompleteUpload_InParallel_KeepsOneContentAndDeletesTheOthers()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Limits:UserInspectionsAtOnce"] = "3" }, store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        (await investor.PatchAsync(id, 0, UploadSteps.Bytes(10))).Expect(HttpStatusCode.NoContent);
        using var inspecting = new CountdownEvent(3);
        store.Inspecting = () => Task.Run(() =>
        {
            inspecting.Signal();
            inspecting.Wait(TimeSpan.FromSeconds(10), Token).ShouldBeTrue();
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => investor.CompleteAsync(id)));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);
        answers.Select(answer => answer.Text).Distinct().Count().ShouldBe(1);
        store.Objects.Count.ShouldBe(1);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(1);
        (await investor.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(UploadSteps.Bytes(10));
    }

    [Fact]
    public async Task CompleteUpload_OfInfectedContent_IsRejectedForGoodAndItsBytesAreDeleted()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10, name: "infected.bin");
        (await investor.PatchAsync(id, 0, UploadSteps.Bytes(10))).Expect(HttpStatusCode.NoContent);

        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.infected");
        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.UnprocessableEntity, "attachment.infected");

        store.Objects.ShouldBeEmpty();
        (await server.QueryAsync<long>("SELECT count(*) FROM attachment_objects")).ShouldBe(0);
        (await server.QueryAsync<long>("SELECT count(*) FROM attachments WHERE encrypted_key IS NULL")).ShouldBe(1);
        var upload = (await investor.GetAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.OK).Data;
        upload.GetProperty("state").GetString().ShouldBe("refused");
        upload.GetProperty("refusal").GetString().ShouldBe("attachment.infected");
        (await investor.GetAsync("/api/attachments/usage")).Data.GetProperty("bytesUsed").GetInt64().ShouldBe(0);
        (await investor.GetAsync($"/api/attachments/{id}")).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        (await investor.PatchAsync(id, 10, [1])).ExpectError(HttpStatusCode.Conflict, "attachment.offset_mismatch");
    }

    [Fact]
    public async Task CompleteUpload_WhileTheInspectionIsDown_IsUnavailableAndStaysReceiving()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        (await investor.PatchAsync(id, 0, UploadSteps.Bytes(10))).Expect(HttpStatusCode.NoContent);
        store.IsDown = true;

        (await investor.CompleteAsync(id)).ExpectError(HttpStatusCode.ServiceUnavailable, "attachment.unavailable");

        (await investor.GetAsync($"/api/uploads/{id}")).Data.GetProperty("state").GetString().ShouldBe("receiving");
        store.IsDown = false;
        (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task CompleteUpload_CanceledWhileItIsInspected_IsNotFoundAndLeavesNothing()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, 10);
        (await investor.PatchAsync(id, 0, UploadSteps.Bytes(10))).Expect(HttpStatusCode.NoContent);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Inspecting = async () =>
        {
            began.SetResult();
            await mayGoOn.Task;
            store.Inspecting = () => Task.CompletedTask;
        };

        var completing = investor.CompleteAsync(id);
        await began.Task;
        (await investor.DeleteAsync($"/api/uploads/{id}")).Expect(HttpStatusCode.NoContent);
        store.Objects.ShouldBeEmpty();
        mayGoOn.SetResult();

        (await completing).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
        store.Objects.ShouldBeEmpty();
    }

    [Fact]
    public async Task CancelUpload_OfAReadyOrSentAttachment_DeletesTheOneAndKeepsTheOther()
    {
        var store = new MemoryAttachments();
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), store);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var ready = await investor.UploadAsync(conversationId, UploadSteps.Bytes(10));
        var (sent, _) = await investor.SendAttachmentAsync(conversationId, UploadSteps.Bytes(20));

        (await investor.DeleteAsync($"/api/uploads/{ready}")).Expect(HttpStatusCode.NoContent);
        (await investor.DeleteAsync($"/api/uploads/{sent}")).ExpectError(HttpStatusCode.Conflict, "attachment.already_sent");

        store.Objects.Count.ShouldBe(1);
        (await startup.Client.GetByteArrayAsync($"/api/attachments/{sent}", Token)).ShouldBe(UploadSteps.Bytes(20));
        (await investor.GetAsync("/api/attachments/usage")).Data.GetProperty("bytesUsed").GetInt64().ShouldBe(20);
    }
}
