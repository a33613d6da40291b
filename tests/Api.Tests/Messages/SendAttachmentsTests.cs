using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>Tests sends with attachments that are uploaded already.</summary>
public sealed class SendAttachmentsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SendMessage_WithAttachments_IsTheSameInEveryResponseAndEvent()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created).Data.GetProperty("attachments").GetArrayLength().ShouldBe(0);
        var (image, file) = (
            await AddAsync(investor, conversationId, AttachmentKind.Image, "figures.png", description: "A \"chart\" 📈"),
            await AddAsync(investor, conversationId));
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var sent = (await investor.SendAttachmentsAsync(conversationId, "", [image, file])).Expect(HttpStatusCode.Created);

        sent.Points().ShouldBe(0);
        var message = sent.Data.GetRawText();
        sent.Data.Content().ShouldBe("");
        var shown = sent.Data.GetProperty("attachments");
        shown[0].GetRawText().ShouldBe(
            $$$"""{"id":"{{{image}}}","kind":"image","name":"figures.png","description":"A \"chart\" 📈","contentType":"image/png","bytes":3,"""
            + "\"width\":640,\"height\":480,\"blurhash\":\"LEHV6nWB2yk8pyo0adR*.7kCMdnj\",\"durationMs\":null,\"waveform\":null}");
        shown[1].GetRawText().ShouldBe(
            $$$"""{"id":"{{{file}}}","kind":"file","name":"plan.pdf","description":null,"contentType":"application/octet-stream","bytes":3,"""
            + "\"width\":null,\"height\":null,\"blurhash\":null,\"durationMs\":null,\"waveform\":null}");
        (await connection.NextAsync("NewMessage")).GetProperty("message").GetRawText().ShouldBe(message);
        (await PageAsync(startup, conversationId))[1].GetRawText().ShouldBe(message);
        (await startup.GetAsync($"/api/messages/lookup?conversationId={conversationId}&sequences=2")).Data[0].GetRawText().ShouldBe(message);
        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("lastMessage").GetRawText().ShouldBe(message);
        var synced = await startup.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 1 } } });
        synced.Data.GetProperty("conversations")[0].GetProperty("messages")[0].GetRawText().ShouldBe(message);
        (await _server.MessageOfAsync(image), await _server.MessageOfAsync(file)).ShouldBe((sent.Data.Id(), sent.Data.Id()));
        await _server.ShouldBindAllAttachmentsAsync();
    }

    [Fact]
    public async Task SendMessage_OfAVoiceMessage_ShowsItsDurationAndWaveform()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var voice = await AddAsync(investor, conversationId, AttachmentKind.Voice, "voice.ogg");

        var sent = (await investor.SendAttachmentsAsync(conversationId, "What I say", [voice])).Expect(HttpStatusCode.Created);

        var shown = sent.Data.GetProperty("attachments")[0];
        (shown.GetProperty("kind").GetString(), shown.GetProperty("durationMs").GetInt32(), shown.GetProperty("waveform").GetRawText())
            .ShouldBe(("voice", 1500, "[0,50,100]"));
    }

    [Fact]
    public async Task SendMessage_WithTenAttachmentsAndWithEleven_AcceptsTheTen()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var ids = new List<Guid>();
        for (var number = 1; number <= 11; number++)
            ids.Add(await AddAsync(investor, conversationId));

        (await investor.SendAttachmentsAsync(conversationId, "", ids)).ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("attachmentIds").ShouldBe(["message.too_many_attachments"]);
        (await investor.SendAttachmentsAsync(conversationId, "", [ids[0], ids[1], ids[0]])).FaultsOf("attachmentIds").ShouldBe(["message.attachment_repeated"]);
        (await investor.SendAttachmentsAsync(conversationId, "", [.. ids.Take(10)])).Expect(HttpStatusCode.Created)
            .Data.GetProperty("attachments").EnumerateArray().Select(shown => shown.Id()).ShouldBe(ids.Take(10));
        (await _server.MessageOfAsync(ids[10])).ShouldBeNull();
    }

    [Fact]
    public async Task SendMessage_OfAVoiceMessageWithAnother_IsRejectedInEitherOrder()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (voice, file) = (await AddAsync(investor, conversationId, AttachmentKind.Voice), await AddAsync(investor, conversationId));

        foreach (var ids in new[] { new[] { voice, file }, [file, voice] })
            (await investor.SendAttachmentsAsync(conversationId, "", ids)).ExpectError(HttpStatusCode.BadRequest, "message.voice_alone");
    }

    /// <summary>White space is never trimmed, so it is not the same as no text.</summary>
    [Theory]
    [InlineData("", true, true)]
    [InlineData(" ", true, false)]
    [InlineData("\u200b", true, false)]
    [InlineData("", false, false)]
    public async Task SendMessage_WithoutVisibleText_NeedsAttachmentsAndNoText(string content, bool hasAttachment, bool isAccepted)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        Guid[] ids = hasAttachment ? [await AddAsync(investor, conversationId)] : [];

        var sent = await investor.SendAttachmentsAsync(conversationId, content, ids);

        if (isAccepted)
            sent.Expect(HttpStatusCode.Created);
        else
            sent.FaultsOf("content").ShouldBe(["message.empty"]);
    }

    [Theory]
    [InlineData("unknown", HttpStatusCode.NotFound, "attachment.not_found")]
    [InlineData("another user's", HttpStatusCode.NotFound, "attachment.not_found")]
    [InlineData("of another conversation", HttpStatusCode.NotFound, "attachment.not_found")]
    [InlineData("receiving", HttpStatusCode.Conflict, "attachment.not_ready")]
    [InlineData("rejected", HttpStatusCode.Conflict, "attachment.not_ready")]
    [InlineData("sent", HttpStatusCode.Conflict, "attachment.already_sent")]
    public async Task SendMessage_WithAnAttachmentThatCannotBeSent_ConsumesNothing(string which, HttpStatusCode status, string code)
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await _server.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);
        var elsewhere = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var good = await AddAsync(investor, conversationId);
        var bad = which switch
        {
            "unknown" => Guid.CreateVersion7(),
            "another user's" => await AddAsync(startup, conversationId),
            "of another conversation" => await AddAsync(investor, elsewhere),
            "receiving" => await AddAsync(investor, conversationId, state: AttachmentState.Receiving),
            "rejected" => await AddAsync(investor, conversationId, state: AttachmentState.Rejected),
            _ => await AddAsync(investor, conversationId),
        };
        if (which == "sent")
            (await investor.SendAttachmentsAsync(conversationId, "First", [bad])).Expect(HttpStatusCode.Created);
        var before = await StateAsync();

        var rejected = await investor.SendAttachmentsAsync(conversationId, "Text", [good, bad], Guid.CreateVersion7(), maxPoints: 0);

        rejected.ExpectError(status, code);
        (await StateAsync()).ShouldBe(before);
        (await _server.MessageOfAsync(good)).ShouldBeNull();

        async Task<string> StateAsync() => $"{await investor.BalanceAsync()} {await investor.QuotaAsync()} "
            + await _server.QueryAsync<string>($"SELECT concat_ws(' ', last_sequence, revision) FROM conversations WHERE id = '{conversationId}'");
    }

    /// <summary>An unknown attachment and another user's are indistinguishable.</summary>
    [Fact]
    public async Task SendMessage_WithAnotherUsersAttachment_HasTheResponseOfAnUnknownOne()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var foreign = await AddAsync(startup, conversationId);

        var answers = new[]
        {
            await investor.SendAttachmentsAsync(conversationId, "", [foreign]),
            await investor.SendAttachmentsAsync(conversationId, "", [Guid.CreateVersion7()]),
        };

        answers.Select(answer => answer.ExpectError(HttpStatusCode.NotFound, "attachment.not_found").WithoutTrace()).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task SendMessage_WithAnAttachmentAroundTheEndOfItsTime_IsNotFoundFromTheInstantItself()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var (inTime, late) = (
            await server.AddAttachmentAsync(investor.Id, conversationId), await server.AddAttachmentAsync(investor.Id, conversationId));
        var end = await server.QueryAsync<DateTime>($"SELECT remove_at FROM attachments WHERE id = '{late}'");
        await server.ExecuteAsync($"UPDATE attachments SET remove_at = '{end:O}'");

        server.Clock.FreezeAt(new DateTimeOffset(end).AddMicroseconds(-1));
        investor = await server.LogInAsync(investor.Email);
        (await investor.SendAttachmentsAsync(conversationId, "", [inTime])).Expect(HttpStatusCode.Created);
        server.Clock.FreezeAt(end);
        (await investor.SendAttachmentsAsync(conversationId, "", [late])).ExpectError(HttpStatusCode.NotFound, "attachment.not_found");
    }

    [Fact]
    public async Task SendMessage_RepeatedWithAttachments_IsTheSameForTheSameIdsInTheSameOrderOnly()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (one, other, spare) = (
            await AddAsync(investor, conversationId), await AddAsync(investor, conversationId), await AddAsync(investor, conversationId));
        var clientMessageId = Guid.CreateVersion7();
        var first = (await SendAsync(one, other)).Expect(HttpStatusCode.Created);

        (await SendAsync(one, other)).Expect(HttpStatusCode.OK).Data.GetRawText().ShouldBe(first.Data.GetRawText());
        await ShouldRejectOthersAsync();
        (await investor.SendAsync(conversationId, "Text", clientMessageId)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");

        (await investor.EditAsync(first.Data.Id(), "", version: 0)).Expect(HttpStatusCode.OK).Data.GetProperty("attachments").GetArrayLength().ShouldBe(2);
        (await SendAsync(one, other)).Expect(HttpStatusCode.OK).Data.Content().ShouldBe("");
        await ShouldRejectOthersAsync();

        (await investor.DeleteMessageAsync(first.Data.Id())).Expect(HttpStatusCode.OK);
        var afterwards = (await SendAsync(one, other)).Expect(HttpStatusCode.OK);
        (afterwards.Data.Content(), afterwards.Data.GetProperty("attachments").GetArrayLength()).ShouldBe((null, 0));
        (await _server.MessageOfAsync(spare)).ShouldBeNull();

        async Task ShouldRejectOthersAsync()
        {
            foreach (var others in (Guid[][])[[other, one], [one], [one, spare], []])
                (await SendAsync(others)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        }

        Task<Answer> SendAsync(params Guid[] ids) => investor.SendAttachmentsAsync(conversationId, "Text", ids, clientMessageId);
    }

    [Fact]
    public async Task SendMessage_OfATextThatIsRepeatedWithAnAttachment_IsAnotherRequest()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (id, clientMessageId) = (await AddAsync(investor, conversationId), Guid.CreateVersion7());
        (await investor.SendAsync(conversationId, "Text", clientMessageId)).Expect(HttpStatusCode.Created);

        (await investor.SendAttachmentsAsync(conversationId, "Text", [id], clientMessageId)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        (await investor.SendAttachmentsAsync(conversationId, "Text", [], clientMessageId)).Expect(HttpStatusCode.OK);
        (await _server.MessageOfAsync(id)).ShouldBeNull();
    }

    [Fact]
    public async Task EditMessage_ToNoText_NeedsAttachments()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var text = (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created).Data.Id();
        var captioned = (await investor.SendAttachmentsAsync(conversationId, "Caption", [await AddAsync(investor, conversationId)]))
            .Expect(HttpStatusCode.Created).Data.Id();
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);

        (await investor.EditAsync(text, "", version: 0)).ExpectError(HttpStatusCode.BadRequest, "message.empty");
        var edited = (await investor.EditAsync(captioned, "", version: 0)).Expect(HttpStatusCode.OK).Data;

        (edited.Content(), edited.GetProperty("attachments").GetArrayLength()).ShouldBe(("", 1));
        (await connection.NextAsync("MessageChanged")).GetProperty("message").GetRawText().ShouldBe(edited.GetRawText());
        (await PageAsync(startup, conversationId))[1].GetRawText().ShouldBe(edited.GetRawText());
    }

    [Fact]
    public async Task DeleteMessage_WithAttachments_DestroysTheirKeysAndTheirNamesAtOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        Guid[] ids = [await AddAsync(investor, conversationId), await AddAsync(investor, conversationId, AttachmentKind.Image)];
        var message = (await investor.SendAttachmentsAsync(conversationId, "", ids)).Expect(HttpStatusCode.Created).Data;
        var other = await AddAsync(investor, conversationId);
        (await investor.SendAttachmentsAsync(conversationId, "", [other])).Expect(HttpStatusCode.Created);

        (await investor.DeleteMessageAsync(message.Id())).Expect(HttpStatusCode.OK);

        (await _server.QueryAsync<bool>($"SELECT attachments IS NULL FROM messages WHERE id = '{message.Id()}'")).ShouldBeTrue();
        foreach (var id in ids)
        {
            (await _server.QueryAsync<bool>($"SELECT encrypted_key IS NULL AND remove_at <= now() AND message_id IS NOT NULL FROM attachments WHERE id = '{id}'"))
                .ShouldBeTrue();
        }

        (await _server.QueryAsync<bool>($"SELECT encrypted_key IS NOT NULL AND remove_at IS NULL FROM attachments WHERE id = '{other}'")).ShouldBeTrue();
        (await PageAsync(startup, conversationId)).Select(shown => shown.Sequence()).ShouldBe([2]);
    }

    [Fact]
    public async Task ExpireMessageSooner_WithAttachments_RemovesThemWithTheMessage()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await AddAsync(investor, conversationId);
        var message = (await investor.SendAttachmentsAsync(conversationId, "", [id], expirationHours: 24)).Expect(HttpStatusCode.Created).Data;
        (await RemoveAtAsync()).ShouldBe(message.Instant("expiresAt"));

        var changed = (await investor.ExpireSoonerAsync(message.Id(), 1)).Expect(HttpStatusCode.OK).Data;

        changed.GetProperty("attachments").GetArrayLength().ShouldBe(1);
        (await RemoveAtAsync()).ShouldBe(changed.Instant("expiresAt"));

        async Task<DateTimeOffset> RemoveAtAsync() =>
            new(await _server.QueryAsync<DateTime>($"SELECT remove_at FROM attachments WHERE id = '{id}'"));
    }

    private Task<Guid> AddAsync(
        TestUser uploader,
        Guid conversationId,
        AttachmentKind kind = AttachmentKind.File,
        string name = "plan.pdf",
        AttachmentState state = AttachmentState.Ready,
        string? description = null) => _server.AddAttachmentAsync(uploader.Id, conversationId, kind, name, state, description);

    private static async Task<IReadOnlyList<JsonElement>> PageAsync(TestUser reader, Guid conversationId) =>
        [.. (await reader.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK).Data.EnumerateArray()];
}
