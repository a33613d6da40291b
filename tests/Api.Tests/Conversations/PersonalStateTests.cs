using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Conversations;

/// <summary>What users do with a conversation for themselves, and that the other participant never sees it.</summary>
public sealed class PersonalStateTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task ArchiveConversation_UntilTheNextMessage_IsInTheArchiveAndThenBack()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "One")).Expect(HttpStatusCode.Created);

        var personal = (await investor.PutAsync(Path(conversationId, "archive"), new { throughSequence = 1 })).Expect(HttpStatusCode.OK).Data;

        personal.Members().ShouldBe(["revision", "archived", "archivedForever", "deleted", "pinnedAt", "mutedUntil", "clearedThrough"]);
        personal.GetProperty("archived").GetBoolean().ShouldBeTrue();
        (await ListAsync(investor, "inbox")).ShouldBeEmpty();
        (await ListAsync(investor, "archived")).ShouldBe([conversationId]);
        (await ListAsync(investor, "all")).ShouldBe([conversationId]);
        (await ListAsync(startup, "inbox")).ShouldBe([conversationId]);
        var unread = (await investor.GetAsync("/api/conversations/unread")).Data;
        unread.GetRawText().ShouldBe("""{"conversations":0,"messages":0,"archivedConversations":1,"archivedMessages":1}""");

        (await startup.SendAsync(conversationId, "Two")).Expect(HttpStatusCode.Created);
        (await ListAsync(investor, "inbox")).ShouldBe([conversationId]);
        (await ListAsync(investor, "archived")).ShouldBeEmpty();

        (await investor.PutAsync(Path(conversationId, "archive"), new { throughSequence = 1 })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("archived").GetBoolean().ShouldBeFalse("a newer message came in between");
        (await investor.PutAsync(Path(conversationId, "archive"), new { throughSequence = 0, forever = true })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("archivedForever").GetBoolean().ShouldBeTrue();
        (await startup.SendAsync(conversationId, "Three")).Expect(HttpStatusCode.Created);
        (await ListAsync(investor, "archived")).ShouldBe([conversationId]);
        (await investor.DeleteAsync(Path(conversationId, "archive"))).Expect(HttpStatusCode.OK);
        (await ListAsync(investor, "inbox")).ShouldBe([conversationId]);
    }

    [Fact]
    public async Task ListConversations_WithAnUnknownFilter_IsRejected()
    {
        var (investor, _, _) = await _server.RegisterPairAsync();

        (await investor.GetAsync("/api/conversations?filter=Inbox")).ExpectError(HttpStatusCode.BadRequest, "validation.failed").Text.ShouldContain("conversation.invalid_filter");
        (await investor.GetAsync("/api/conversations?filter=")).ExpectError(HttpStatusCode.BadRequest, "validation.failed").Text.ShouldContain("conversation.invalid_filter");
    }

    [Fact]
    public async Task PinConversation_TwelveInParallel_PinsTen()
    {
        var investor = await _server.RegisterAsync(UserRole.Investor);
        var ids = new List<Guid>();
        for (var count = 0; count < 12; count++)
            ids.Add(await investor.ConversationWithAsync(await _server.RegisterAsync(UserRole.Startup)));

        var answers = await Task.WhenAll(ids.Select(id => PinAsync(investor, id)));

        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(10);
        foreach (var rejected in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            rejected.ExpectError(HttpStatusCode.Conflict, "conversation.too_many_pinned").Body.GetProperty("max").GetInt32().ShouldBe(10);
        var pinned = await ListAsync(investor, "pinned");
        pinned.Count.ShouldBe(10);
        (await PinAsync(investor, pinned[0])).Expect(HttpStatusCode.OK);
        (await investor.DeleteAsync(Path(pinned[0], "pin"))).Expect(HttpStatusCode.OK);
        (await PinAsync(investor, ids.First(id => !pinned.Contains(id)))).Expect(HttpStatusCode.OK);
        (await ListAsync(investor, "inbox")).Count.ShouldBe(12);
    }

    [Fact]
    public async Task MuteConversation_WithAndWithoutAnEnd_IsShownOnlyToTheUser()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "One")).Expect(HttpStatusCode.Created);
        var until = _server.Clock.GetUtcNow().AddHours(8);

        (await investor.PutAsync(Path(conversationId, "mute"), new { until })).Expect(HttpStatusCode.OK);

        var own = (await investor.GetAsync($"/api/conversations/{conversationId}")).Data;
        own.GetProperty("personal").Instant("mutedUntil").ShouldBe(until.AddTicks(-(until.Ticks % 10)));
        own.GetProperty("unreadCount").GetInt32().ShouldBe(1);
        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("personal").GetProperty("mutedUntil").ValueKind
            .ShouldBe(JsonValueKind.Null);
        (await investor.PutAsync(Path(conversationId, "mute"), new { })).Expect(HttpStatusCode.OK).Data.Instant("mutedUntil").Year.ShouldBe(9999);
        (await investor.PutAsync(Path(conversationId, "mute"), new { until = _server.Clock.GetUtcNow().AddMinutes(-1) }))
            .ExpectError(HttpStatusCode.BadRequest, "conversation.mute_in_the_past");
        (await investor.DeleteAsync(Path(conversationId, "mute"))).Expect(HttpStatusCode.OK)
            .Data.GetProperty("mutedUntil").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task ClearConversation_ThroughWhatTheUserSaw_KeepsLaterMessagesAndTheReadPointer()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var hidden = (await startup.SendAsync(conversationId, "One")).Data.Id();
        (await startup.SendAsync(conversationId, "Two")).Expect(HttpStatusCode.Created);
        (await startup.SendAsync(conversationId, "Three")).Expect(HttpStatusCode.Created);
        (await HideAsync(investor, conversationId, hidden)).Expect(HttpStatusCode.OK);

        var personal = (await investor.PostAsync(Path(conversationId, "clear"), new { throughSequence = 2 })).Expect(HttpStatusCode.OK).Data;

        personal.GetProperty("clearedThrough").GetInt64().ShouldBe(2);
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Three"]);
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["One", "Two", "Three"]);
        var conversation = (await investor.GetAsync($"/api/conversations/{conversationId}")).Data;
        conversation.GetProperty("unreadCount").GetInt32().ShouldBe(1);
        LastReadOf(conversation, investor.Id).ShouldBe(0);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM hidden_messages WHERE conversation_id = '{conversationId}'")).ShouldBe(0);
        (await _server.QueryAsync<long>($"SELECT sum(hidden_count) FROM participants WHERE conversation_id = '{conversationId}'")).ShouldBe(0);

        (await investor.PostAsync(Path(conversationId, "clear"), new { throughSequence = 1000 })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("clearedThrough").GetInt64().ShouldBe(3);
        (await startup.SendAsync(conversationId, "Four")).Expect(HttpStatusCode.Created);
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Four"]);
        (await investor.PostAsync("/api/messages/read", new { conversationId })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("messagesMarked").GetInt32().ShouldBe(1, "cleared messages do not count");
    }

    [Fact]
    public async Task ClearDeleteAndArchive_ThroughANegativeSequence_AreRejectedAndChangeNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "One")).Expect(HttpStatusCode.Created);

        foreach (var response in new[]
        {
            await investor.PostAsync(Path(conversationId, "clear"), new { throughSequence = -1 }),
            await investor.PostAsync(Path(conversationId, "delete"), new { throughSequence = -1 }),
            await investor.PutAsync(Path(conversationId, "archive"), new { throughSequence = -1 }),
        })
        {
            response.ExpectError(HttpStatusCode.BadRequest, "validation.failed").Text.ShouldContain("conversation.invalid_sequence");
        }

        (await investor.ReadPageAsync(conversationId)).ShouldBe(["One"]);
        (await _server.QueryAsync<long>($"SELECT max(personal_revision) FROM participants WHERE conversation_id = '{conversationId}'"))
            .ShouldBe(0);
    }

    [Fact]
    public async Task DeleteConversation_ForOneParticipant_ReturnsWithTheNextMessage()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Old")).Expect(HttpStatusCode.Created);
        (await PinAsync(investor, conversationId)).Expect(HttpStatusCode.OK);

        (await investor.PostAsync(Path(conversationId, "delete"), new { throughSequence = 1 })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("deleted").GetBoolean().ShouldBeTrue();

        foreach (var filter in new[] { "inbox", "archived", "pinned", "all" })
            (await ListAsync(investor, filter)).ShouldBeEmpty(filter);
        (await ListAsync(startup, "inbox")).ShouldBe([conversationId]);
        (await investor.PostAsync("/api/conversations/create", new { receiverId = startup.Id })).Expect(HttpStatusCode.OK)
            .Data.Id().ShouldBe(conversationId);
        (await startup.SendAsync(conversationId, "New")).Expect(HttpStatusCode.Created);
        (await ListAsync(investor, "inbox")).ShouldBe([conversationId]);
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["New"]);
        (await investor.PostAsync(Path(conversationId, "delete"), new { throughSequence = 1 })).Expect(HttpStatusCode.OK);
        (await ListAsync(investor, "inbox")).ShouldBe([conversationId], "a newer message came in between");
    }

    private static string Path(Guid conversationId, string what) => $"/api/conversations/{conversationId}/{what}";

    private static Task<Answer> PinAsync(TestUser user, Guid conversationId) => user.PutAsync(Path(conversationId, "pin"));

    private static Task<Answer> HideAsync(TestUser user, Guid conversationId, params Guid[] messageIds) =>
        user.PostAsync("/api/messages/hide", new { conversationId, messageIds });

    private static async Task<IReadOnlyList<Guid>> ListAsync(TestUser user, string filter) =>
        [.. (await user.GetAsync($"/api/conversations?filter={filter}")).Expect(HttpStatusCode.OK).Data.EnumerateArray().Select(one => one.Id())];

    private static long LastReadOf(JsonElement conversation, Guid userId) => conversation.GetProperty("participants").EnumerateArray()
        .Single(participant => participant.GetProperty("userId").GetGuid() == userId)
        .GetProperty("lastReadSequence").GetInt64();
}
