using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class MarkPlayedTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task MarkPlayed_ByTheReceiver_IsTheSameOnEveryReadPathAndInTheEvent()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var sent = await SendRecordingAsync(_server, investor, conversationId);
        sent.GetProperty("playedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        await using var connection = await investor.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var answer = (await startup.MarkPlayedAsync(conversationId, sent.Id())).Expect(HttpStatusCode.OK).Data;

        answer.Members().ShouldBe(["playedAt"]);
        var changed = await connection.NextAsync("MessageChanged", _ => true);
        changed.GetProperty("revisions").EnumerateArray().Select(revision => revision.GetInt64()).ShouldBe([2]);
        var message = changed.GetProperty("message");
        (message.Instant("playedAt"), message.GetProperty("isRead").GetBoolean()).ShouldBe((answer.Instant("playedAt"), false));
        foreach (var participant in new[] { investor, startup })
        {
            (await participant.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0].GetRawText().ShouldBe(message.GetRawText());
            (await participant.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("lastMessage").GetRawText()
                .ShouldBe(message.GetRawText());
            var synced = await participant.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 1 } } });
            synced.Data.GetProperty("conversations")[0].GetProperty("messages")[0].GetRawText().ShouldBe(message.GetRawText());
        }

        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("unreadCount").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task MarkPlayed_TwentyTimesInParallel_RecordsOneTimeAndSendsOneEvent()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await SendRecordingAsync(_server, investor, conversationId)).Id();
        await using var connection = await investor.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => startup.MarkPlayedAsync(conversationId, id)));

        answers.Select(answer => answer.Expect(HttpStatusCode.OK).Data.Instant("playedAt")).Distinct().ShouldHaveSingleItem();
        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64().ShouldBe(2);
        (await startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);
        var revisions = new List<long>();
        await connection.NextAsync(
            "MessageChanged",
            changed =>
            {
                revisions.AddRange(changed.GetProperty("revisions").EnumerateArray().Select(revision => revision.GetInt64()));

                return revisions.Contains(3);
            });
        revisions.ShouldBe([2, 3]);
    }

    [Fact]
    public async Task MarkPlayed_ByTheSender_ReturnsWhatTheReceiverDid()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await SendRecordingAsync(_server, investor, conversationId)).Id();

        (await investor.MarkPlayedAsync(conversationId, id)).Expect(HttpStatusCode.OK).Data.GetProperty("playedAt").ValueKind
            .ShouldBe(JsonValueKind.Null);
        var played = (await startup.MarkPlayedAsync(conversationId, id)).Expect(HttpStatusCode.OK).Data.Instant("playedAt");

        (await investor.MarkPlayedAsync(conversationId, id)).Expect(HttpStatusCode.OK).Data.Instant("playedAt").ShouldBe(played);
        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task MarkPlayed_OfAnotherMessageThanAVoiceMessage_IsRejected()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var text = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        var file = (await investor.SendAttachmentsAsync(
            conversationId, "", [await _server.AddAttachmentAsync(investor.Id, conversationId)])).Data.Id();

        foreach (var id in new[] { text, file })
            (await startup.MarkPlayedAsync(conversationId, id)).ExpectError(HttpStatusCode.BadRequest, "message.not_playable");
        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task MarkPlayed_OfAMessageThatTheCallerDoesNotSee_IsNotFound()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (foreigner, _, foreignConversationId) = await server.RegisterPairAsync();
        var expiring = await SendRecordingAsync(server, investor, conversationId, expirationHours: 1);
        var hidden = (await SendRecordingAsync(server, investor, conversationId)).Id();
        var deleted = (await SendRecordingAsync(server, investor, conversationId)).Id();
        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { hidden } })).Expect(HttpStatusCode.OK);
        (await investor.DeleteMessageAsync(deleted)).Expect(HttpStatusCode.OK);

        await ShouldBeUnknownAsync(startup, conversationId, hidden);
        await ShouldBeUnknownAsync(startup, conversationId, deleted);
        await ShouldBeUnknownAsync(startup, conversationId, Guid.CreateVersion7());
        await ShouldBeUnknownAsync(startup, foreignConversationId, expiring.Id());
        await ShouldBeUnknownAsync(foreigner, conversationId, expiring.Id());
        await ShouldBeUnknownAsync(foreigner, foreignConversationId, expiring.Id());
        server.Clock.FreezeAt(expiring.Instant("expiresAt"));
        startup = await server.LogInAsync(startup.Email);
        await ShouldBeUnknownAsync(startup, conversationId, expiring.Id());
        (await server.QueryAsync<bool>("SELECT every(played_at IS NULL) FROM messages")).ShouldBeTrue();

        static async Task ShouldBeUnknownAsync(TestUser user, Guid conversationId, Guid messageId) =>
            (await user.MarkPlayedAsync(conversationId, messageId)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
    }

    private static async Task<JsonElement> SendRecordingAsync(
        ApiServer server, TestUser sender, Guid conversationId, int? expirationHours = null)
    {
        var recording = await server.AddAttachmentAsync(sender.Id, conversationId, AttachmentKind.Voice);
        var sent = await sender.SendAttachmentsAsync(conversationId, "", [recording], expirationHours: expirationHours);

        return sent.Expect(HttpStatusCode.Created).Data;
    }
}
