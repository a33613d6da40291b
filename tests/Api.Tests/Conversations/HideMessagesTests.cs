using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Conversations;

/// <summary>Messages that users hide or clear for themselves.</summary>
public sealed class HideMessagesTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HideMessages_OfBothParticipants_AreMissingForTheUserOnly()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var first = (await investor.SendAsync(conversationId, "Own")).Data.Id();
        (await startup.SendAsync(conversationId, "Kept")).Expect(HttpStatusCode.Created);
        var newest = (await startup.SendAsync(conversationId, "Newest")).Data.Id();
        await using var other = await startup.ConnectAsync();
        await other.JoinAsync(conversationId);
        await using var own = await investor.ConnectAsync();

        var hidden = (await HideAsync(investor, conversationId, first, newest)).Expect(HttpStatusCode.OK).Data;

        hidden.GetRawText().ShouldBe("""{"hidden":2,"personalRevision":1}""");
        (await HideAsync(investor, conversationId, first, newest)).Expect(HttpStatusCode.OK)
            .Data.GetRawText().ShouldBe("""{"hidden":0,"personalRevision":1}""");
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Kept"]);
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Own", "Kept", "Newest"]);
        var conversation = (await investor.GetAsync($"/api/conversations/{conversationId}")).Data;
        conversation.GetProperty("lastMessage").GetProperty("content").GetString().ShouldBe("Kept");
        conversation.GetProperty("unreadCount").GetInt32().ShouldBe(1);
        (await investor.GetAsync("/api/conversations/unread")).Data.GetProperty("messages").GetInt32().ShouldBe(1);
        var changed = await own.NextAsync("PersonalChanged");
        changed.GetProperty("hidden").GetRawText().ShouldBe("[1,3]");
        changed.GetProperty("sincePersonalRevision").GetInt64().ShouldBe(0);
        changed.GetProperty("personal").GetProperty("revision").GetInt64().ShouldBe(1);

        // The list updates of the sends may arrive first. They have an earlier personal revision.
        var updated = await own.NextAsync(
            "ConversationUpdated",
            update => update.GetProperty("conversation").GetProperty("personal").GetProperty("revision").GetInt64() == 1);
        updated.GetProperty("conversation").GetProperty("lastMessage").GetProperty("content").GetString().ShouldBe("Kept");

        // The user's further changes of the messages: not for what they do not see. The other one receives changes as before.
        (await investor.EditAsync(first, "Edited", version: 0)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        (await investor.GetAsync($"/api/messages/{newest}/versions")).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        (await startup.EditAsync(newest, "Edited", version: 0)).Expect(HttpStatusCode.OK);
        (await other.NextAsync("MessageChanged")).GetProperty("message").GetProperty("content").GetString().ShouldBe("Edited");
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Kept"]);
        other.Unread("PersonalChanged").ShouldBeEmpty();
    }

    [Fact]
    public async Task HideMessages_OfAnotherConversation_HidesNothing()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var own = (await investor.SendAsync(conversationId, "Own")).Data.Id();
        var (foreign, _, foreignConversationId) = await _server.RegisterPairAsync();
        var other = (await foreign.SendAsync(foreignConversationId, "Foreign")).Data.Id();

        (await HideAsync(investor, conversationId, own, other)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        (await HideAsync(investor, foreignConversationId, other)).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
        (await HideAsync(investor, conversationId)).ExpectError(HttpStatusCode.BadRequest, "validation.failed").Text.ShouldContain("conversation.hidden_ids_out_of_range");
        (await HideAsync(investor, conversationId, [.. Enumerable.Range(0, 101).Select(_ => Guid.CreateVersion7())]))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").Text.ShouldContain("conversation.hidden_ids_out_of_range");
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Own"]);
    }

    [Fact]
    public async Task HideMessages_InParallelAtTheLimit_NeverExceedsIt()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var ids = new List<Guid>();
        for (var count = 0; count < 8; count++)
            ids.Add((await startup.SendAsync(conversationId, $"{count}")).Data.Id());
        await _server.ExecuteAsync(
            $"UPDATE participants SET hidden_count = 4995 WHERE conversation_id = '{conversationId}' AND user_id = '{investor.Id}'");

        var answers = await Task.WhenAll(ids.Select(id => HideAsync(investor, conversationId, id)));

        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(5);
        foreach (var rejected in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            rejected.ExpectError(HttpStatusCode.Conflict, "conversation.too_many_hidden");
        (await _server.QueryAsync<long>(
            $"SELECT count(DISTINCT personal_revision) FROM hidden_messages WHERE conversation_id = '{conversationId}'")).ShouldBe(5);
    }

    [Fact]
    public async Task Tombstones_OfHiddenAndClearedMessages_AreNotShownToTheUser()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var ids = new List<Guid>();
        foreach (var content in new[] { "Cleared", "Hidden", "Kept" })
            ids.Add((await startup.SendAsync(conversationId, content)).Data.Id());
        await using var own = await investor.ConnectAsync();
        await own.JoinAsync(conversationId);
        (await investor.PostAsync(Path(conversationId, "clear"), new { throughSequence = 1 })).Expect(HttpStatusCode.OK);
        (await HideAsync(investor, conversationId, ids[1])).Expect(HttpStatusCode.OK);

        foreach (var id in ids)
            (await startup.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);

        DeletedIn((await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Body).ShouldBe([3]);
        DeletedIn((await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Body).ShouldBe([1, 2, 3]);
        DeletedIn(await JoinAsync(own, conversationId, sinceRevision: 0, sincePersonalRevision: 0)).ShouldBe([3]);
        (await own.NextAsync("MessageDeleted")).GetProperty("deleted").Sequence().ShouldBe(3);
    }

    [Fact]
    public async Task Join_SinceAPersonalRevision_ReturnsTheMessagesHiddenSince()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var ids = new List<Guid>();
        foreach (var content in new[] { "1", "2", "3", "4" })
            ids.Add((await startup.SendAsync(conversationId, content)).Data.Id());
        (await HideAsync(investor, conversationId, ids[3])).Expect(HttpStatusCode.OK);
        (await HideAsync(investor, conversationId, ids[0], ids[1])).Expect(HttpStatusCode.OK);
        (await investor.PutAsync(Path(conversationId, "mute"), new { })).Expect(HttpStatusCode.OK);
        await using var connection = await investor.ConnectAsync();

        await ShouldReturnAsync(0, "[4,1,2]");
        await ShouldReturnAsync(1, "[1,2]");
        await ShouldReturnAsync(2, "[]");
        await ShouldReturnAsync(3, "[]");
        (await JoinAsync(connection, conversationId, 4, null)).GetProperty("hidden").ValueKind.ShouldBe(JsonValueKind.Null);
        (await JoinAsync(connection, conversationId, 4, 4)).GetProperty("recovered").GetBoolean().ShouldBeFalse("there was no such revision");

        async Task ShouldReturnAsync(long since, string hidden)
        {
            var joined = await JoinAsync(connection, conversationId, 4, since);
            joined.GetProperty("recovered").GetBoolean().ShouldBeTrue();
            joined.GetProperty("hidden").GetRawText().ShouldBe(hidden);
            joined.GetProperty("personal").GetProperty("revision").GetInt64().ShouldBe(3);
            var synced = await investor.PostAsync(
                "/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 4, sincePersonalRevision = since } } });
            synced.Expect(HttpStatusCode.OK).Data.GetProperty("conversations")[0].GetProperty("hidden").GetRawText().ShouldBe(hidden);
        }
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(501, false)]
    public async Task Join_WithManyHiddenMessages_IsRecoveredUpTo500(int hidden, bool recovered)
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, startup.Id, 600, "NULL");
        await server.ExecuteAsync(
            $"""
            INSERT INTO hidden_messages (conversation_id, user_id, sequence, personal_revision)
            SELECT '{conversationId}', '{investor.Id}', n, n FROM generate_series(1, {hidden}) AS n
            """);
        await server.ExecuteAsync(
            $"UPDATE participants SET personal_revision = {hidden}, hidden_count = {hidden} WHERE conversation_id = '{conversationId}' AND user_id = '{investor.Id}'");
        await using var connection = await investor.ConnectAsync();

        var joined = await JoinAsync(connection, conversationId, 600, 0);

        joined.GetProperty("recovered").GetBoolean().ShouldBe(recovered);
        joined.GetProperty("hidden").GetArrayLength().ShouldBe(recovered ? 500 : 0);
    }

    private static string Path(Guid conversationId, string what) => $"/api/conversations/{conversationId}/{what}";

    private static Task<Answer> HideAsync(TestUser user, Guid conversationId, params Guid[] messageIds) =>
        user.PostAsync("/api/messages/hide", new { conversationId, messageIds });

    private static IReadOnlyList<long> DeletedIn(JsonElement body) =>
        [.. body.GetProperty("deleted").EnumerateArray().Select(deleted => deleted.Sequence())];

    private static Task<JsonElement> JoinAsync(
        TestConnection connection, Guid conversationId, long sinceRevision, long? sincePersonalRevision) =>
        sincePersonalRevision is null
            ? connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision }, Token)
            : connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision, sincePersonalRevision }, Token);
}
