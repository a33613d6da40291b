using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class ReactToMessageTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const string Heart = "❤\uFE0F";

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task ReactToMessage_ByBoth_IsTheSameOnEveryReadPath()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var sent = (await investor.SendAsync(conversationId, "Text")).Data;
        sent.GetProperty("reactions").GetArrayLength().ShouldBe(0);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        var first = (await startup.ReactAsync(sent.Id(), "👍")).Expect(HttpStatusCode.OK).Data;
        var second = (await investor.ReactAsync(sent.Id(), Heart)).Expect(HttpStatusCode.OK).Data;

        first.GetProperty("revision").GetInt64().ShouldBe(2);
        second.GetProperty("revision").GetInt64().ShouldBe(3);
        second.GetProperty("isRead").GetBoolean().ShouldBeTrue();
        second.GetProperty("editedAt").ValueKind.ShouldBe(JsonValueKind.Null);
        Reactions(first).ShouldBe([(startup.Id, "👍")]);
        Reactions(second).ShouldBe([(startup.Id, "👍"), (investor.Id, Heart)]);
        second.GetProperty("reactions")[0].Members().ShouldBe(["userId", "emoji", "at"]);
        second.GetProperty("reactions")[1].Instant("at").ShouldBe(second.Instant("updatedAt"));
        foreach (var participant in new[] { investor, startup })
        {
            var message = (await participant.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0];
            message.GetRawText().ShouldBe(second.GetRawText());
            var conversation = (await participant.GetAsync($"/api/conversations/{conversationId}")).Data;
            conversation.GetProperty("lastMessage").GetRawText().ShouldBe(second.GetRawText());
            (await participant.GetAsync("/api/conversations")).Data[0].GetRawText().ShouldBe(conversation.GetRawText());
            await using var connection = await participant.ConnectAsync();
            var joined = await JoinSinceAsync(connection, conversationId, 1);
            joined.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().GetRawText().ShouldBe(second.GetRawText());
            var synced = await participant.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 2 } } });
            synced.Data.GetProperty("conversations")[0].GetProperty("messages")[0].GetRawText().ShouldBe(second.GetRawText());
        }
    }

    [Fact]
    public async Task ReactToMessage_ByTheOther_ChangesNeitherOrderNorUnreadCountNorQuota()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        var later = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        (await investor.SendAsync(later, "Newer")).Expect(HttpStatusCode.Created);
        var quota = (await investor.QuotaAsync(), await startup.QuotaAsync()).ToString();

        (await startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);
        (await investor.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);

        (await investor.QuotaAsync(), await startup.QuotaAsync()).ToString().ShouldBe(quota);
        (await investor.GetAsync("/api/conversations")).Data.EnumerateArray().Select(conversation => conversation.Id()).ShouldBe([later, conversationId]);
        var conversation = (await startup.GetAsync($"/api/conversations/{conversationId}")).Data;
        conversation.GetProperty("unreadCount").GetInt32().ShouldBe(1);
        conversation.GetProperty("lastSequence").GetInt64().ShouldBe(1);
        (await investor.GetAsync("/api/conversations/unread")).Data.GetProperty("messages").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task ReactToMessage_WithTheSameEmojiAgain_ChangesNothingAndSendsNoEvent()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        (await startup.ReactAsync(id, Heart)).Expect(HttpStatusCode.OK);
        await using var connection = await investor.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var again = (await startup.ReactAsync(id, "❤")).Expect(HttpStatusCode.OK).Data;
        (await investor.UnreactAsync(id)).Expect(HttpStatusCode.OK).Data.GetProperty("revision").GetInt64().ShouldBe(2);
        (await startup.UnreactAsync(id)).Expect(HttpStatusCode.OK).Data.GetProperty("revision").GetInt64().ShouldBe(3);

        Reactions(again).ShouldBe([(startup.Id, Heart)]);
        again.GetProperty("revision").GetInt64().ShouldBe(2);
        var changed = await connection.NextAsync(
            "MessageChanged", payload => payload.GetProperty("revisions").EnumerateArray().Any(revision => revision.GetInt64() == 3));
        Reactions(changed.GetProperty("message")).ShouldBeEmpty();
        (await _server.QueryAsync<bool>($"SELECT reactions IS NULL FROM messages WHERE id = '{id}'")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("ok")]
    [InlineData("a\u200D")]
    [InlineData("👍👍")]
    public async Task ReactToMessage_WithAnythingButOneEmoji_IsRejected(string emoji)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        (await investor.ReactAsync(id, emoji)).FaultsOf("emoji").ShouldBe(["reaction.invalid_emoji"]);

        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task ReactToMessage_WithHalfASurrogatePair_IsMalformed()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        using var body = new StringContent("""{"emoji":"\uD83D"}""", Encoding.UTF8, "application/json");
        var answer = await Answer.OfAsync(
            await investor.Client.PutAsync($"/api/messages/{id}/reaction", body, TestContext.Current.CancellationToken));

        answer.FaultsOf("emoji").ShouldBe(["malformed"]);
    }

    [Fact]
    public async Task ReactToMessage_ThatTheCallerDoesNotSee_IsNotFound()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var (foreigner, _, _) = await server.RegisterPairAsync();
        var expiring = (await investor.SendExpiringAsync(conversationId, "Text", 1)).Data;
        var deleted = (await investor.SendAsync(conversationId, "Deleted")).Data.Id();
        (await startup.ReactAsync(deleted, "👍")).Expect(HttpStatusCode.OK);
        (await investor.DeleteMessageAsync(deleted)).Expect(HttpStatusCode.OK);

        foreach (var user in new[] { investor, startup })
            await ShouldBeUnknownAsync(user, deleted);
        await ShouldBeUnknownAsync(foreigner, expiring.Id());
        await ShouldBeUnknownAsync(foreigner, Guid.CreateVersion7());
        (await server.QueryAsync<bool>("SELECT every(reactions IS NULL) FROM messages")).ShouldBeTrue();
        server.Clock.FreezeAt(expiring.Instant("expiresAt").AddMicroseconds(-1));
        startup = await server.LogInAsync(startup.Email);
        (await startup.ReactAsync(expiring.Id(), "👍")).Expect(HttpStatusCode.OK);
        server.Clock.FreezeAt(expiring.Instant("expiresAt"));
        await ShouldBeUnknownAsync(startup, expiring.Id());

        static async Task ShouldBeUnknownAsync(TestUser user, Guid id)
        {
            (await user.ReactAsync(id, "👎")).ExpectError(HttpStatusCode.NotFound, "message.not_found");
            (await user.UnreactAsync(id)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        }
    }

    [Fact]
    public async Task ReactToMessage_WithAnEmojiThatTheServerDoesNotAllow_IsRejected()
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Reactions:Allowed:0"] = Heart, ["Reactions:Allowed:1"] = "👎" });
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        (await investor.ReactAsync(id, "👍")).ExpectError(HttpStatusCode.BadRequest, "reaction.not_allowed");
        (await investor.ReactAsync(id, "ok")).FaultsOf("emoji").ShouldBe(["reaction.invalid_emoji"]);
        Reactions((await investor.ReactAsync(id, "❤")).Expect(HttpStatusCode.OK).Data).ShouldBe([(investor.Id, "❤")]);
    }

    /// <summary>Both set, replace and remove their reactions on two devices each, while both send.</summary>
    [Fact]
    public async Task ReactToMessage_HundredTimesInParallelByBoth_KeepsOneEachAndNumbersDensely()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        string[] emoji = ["👍", "👎", Heart, "🎉", "👀"];
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var answers = await Task.WhenAll(Enumerable.Range(0, 110).Select(number => Answer.UntilAcceptedAsync(() => (number % 11) switch
        {
            10 => (number % 2 == 0 ? investor : startup).SendAsync(conversationId, $"Sent {number}"),
            9 => (number % 2 == 0 ? investor : startup).UnreactAsync(id),
            _ => (number % 2 == 0 ? investor : startup).ReactAsync(id, emoji[number % 5]),
        })));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Status == HttpStatusCode.Created);
        var message = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0];
        Reactions(message).Select(reaction => reaction.UserId).ShouldBeSubsetOf([investor.Id, startup.Id]);
        Reactions(message).Select(reaction => reaction.UserId).ShouldBeUnique();
        var revision = (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64();

        // Each revision belongs to a new message or to one event of the reacted message.
        var sends = answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Data.GetProperty("revision").GetInt64());
        var changes = new List<long>();
        while (changes.Count < revision - 11)
        {
            var changed = await connection.NextAsync("MessageChanged");
            changes.AddRange(changed.GetProperty("revisions").EnumerateArray().Select(one => one.GetInt64()));
        }

        sends.Concat(changes).Append(1).Order().ShouldBe(Enumerable.Range(1, (int)revision).Select(number => (long)number));
        var joined = await JoinSinceAsync(connection, conversationId, 1);
        joined.GetProperty("messages").EnumerateArray().Where(one => one.Id() == id).ShouldHaveSingleItem().GetRawText()
            .ShouldBe(message.GetRawText());
    }

    [Fact]
    public async Task ReactToMessage_WhileItIsEditedAndDeleted_LeavesNoReactionOnATombstone()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        for (var round = 0; round < 8; round++)
        {
            var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
            var answers = await Task.WhenAll(
                startup.ReactAsync(id, "👍"),
                investor.ReactAsync(id, "🎉"),
                investor.EditAsync(id, "Edited", version: 0),
                startup.UnreactAsync(id),
                investor.DeleteMessageAsync(id),
                startup.ReactAsync(id, Heart));

            answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.OK || answer.Status == HttpStatusCode.NotFound);
            answers[4].Expect(HttpStatusCode.OK);
            (await _server.QueryAsync<bool>($"SELECT reactions IS NULL AND content = '' FROM messages WHERE id = '{id}'")).ShouldBeTrue();
        }

        (await _server.QueryAsync<long>(
            $"SELECT count(*) - count(DISTINCT revision) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(0);
    }

    [Fact]
    public async Task EditMessage_WithReactions_KeepsThemWithTheirTimes()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        var reacted = (await startup.ReactAsync(id, "👍")).Data;

        var edited = (await investor.EditAsync(id, "Edited", version: 0)).Expect(HttpStatusCode.OK).Data;

        edited.GetProperty("reactions").GetRawText().ShouldBe(reacted.GetProperty("reactions").GetRawText());
        edited.Instant("editedAt").ShouldBeGreaterThan(edited.GetProperty("reactions")[0].Instant("at"));
    }

    [Fact]
    public async Task SendMessage_RepeatedAfterAReaction_IsReplayedWithIt()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var key = Guid.CreateVersion7();
        var sent = (await investor.SendAsync(conversationId, "Text", key)).Data;
        (await startup.ReactAsync(sent.Id(), "👍")).Expect(HttpStatusCode.OK);

        Reactions((await investor.SendAsync(conversationId, "Text", key)).Expect(HttpStatusCode.OK).Data).ShouldBe([(startup.Id, "👍")]);
        (await investor.SendAsync(conversationId, "Other", key)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
    }

    /// <summary>The first change is sent at once, and those of the following 200 ms as one event with all revisions.</summary>
    [Fact]
    public async Task MessageChanged_OfManyReactions_IsSentAFewTimesWithEveryRevision()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var began = Stopwatch.GetTimestamp();
        (await startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);
        var events = new List<JsonElement> { await connection.NextAsync("MessageChanged") };
        for (var number = 1; number < 30; number++)
            (await startup.ReactAsync(id, number % 2 == 0 ? "👍" : "👎")).Expect(HttpStatusCode.OK);

        while (Revisions(events[^1])[^1] < 31)
            events.Add(await connection.NextAsync("MessageChanged"));
        events.SelectMany(Revisions).ShouldBe(Enumerable.Range(2, 30).Select(revision => (long)revision));
        Revisions(events[0]).ShouldBe([2]);
        Reactions(events[^1].GetProperty("message")).ShouldBe([(startup.Id, "👎")]);
        events.Count.ShouldBeLessThanOrEqualTo(2 + (int)(Stopwatch.GetElapsedTime(began) / TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task ConversationUpdated_AfterAReaction_HasThePreviewWithIt()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        await using var connection = await investor.ConnectAsync();

        (await startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);

        var updated = await connection.NextAsync(
            "ConversationUpdated", payload => payload.GetProperty("conversation").GetProperty("revision").GetInt64() == 2);
        Reactions(updated.GetProperty("conversation").GetProperty("lastMessage")).ShouldBe([(startup.Id, "👍")]);
    }

    private static Task<JsonElement> JoinSinceAsync(TestConnection connection, Guid conversationId, long sinceRevision) =>
        connection.Hub.InvokeAsync<JsonElement>(
            "Join", new { conversationId, sinceRevision }, TestContext.Current.CancellationToken);

    private static IReadOnlyList<long> Revisions(JsonElement changed) =>
        [.. changed.GetProperty("revisions").EnumerateArray().Select(revision => revision.GetInt64())];

    private static IReadOnlyList<(Guid UserId, string Emoji)> Reactions(JsonElement message) =>
        [.. message.GetProperty("reactions").EnumerateArray().Select(reaction =>
            (reaction.GetProperty("userId").GetGuid(), reaction.GetProperty("emoji").GetString()!))];
}
