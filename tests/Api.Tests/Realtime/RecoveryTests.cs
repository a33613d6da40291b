using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>
/// Tests that a client that reconnects receives either all changes it missed or the request to fetch the pages; never a part of the
/// changes.
/// </summary>
public sealed class RecoveryTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Join_WithoutRevision_ReturnsTheNumbersOnly()
    {
        var (_, startup, conversationId) = await FilledPairAsync(3);
        await using var connection = await startup.ConnectAsync();

        var joined = await connection.JoinAsync(conversationId);

        joined.GetProperty("recovered").ValueKind.ShouldBe(JsonValueKind.Null);
        joined.GetProperty("messages").GetArrayLength().ShouldBe(0);
        joined.GetProperty("revision").GetInt64().ShouldBe(3);
        (await connection.NextAsync("Joined")).GetRawText().ShouldBe(joined.GetRawText());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(10)]
    public async Task Join_SinceARevision_AnswersAllThatCameAfterIt(int since)
    {
        var (_, startup, conversationId) = await FilledPairAsync(10);
        await using var connection = await startup.ConnectAsync();

        var joined = await JoinSinceAsync(connection, conversationId, since);

        joined.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        RevisionsOf(joined).ShouldBe(Enumerable.Range(since + 1, 10 - since).Select(revision => (long)revision));
    }

    [Theory]
    [InlineData(501, 1, true)]
    [InlineData(501, 0, false)]
    [InlineData(5, 6, false)]
    public async Task Join_SinceARevision_AnswersTheWholeGapOrNothing(int messages, int since, bool recovered)
    {
        var (_, startup, conversationId) = await FilledPairAsync(messages);
        await using var connection = await startup.ConnectAsync();

        var joined = await JoinSinceAsync(connection, conversationId, since);

        joined.GetProperty("recovered").GetBoolean().ShouldBe(recovered);
        RevisionsOf(joined).Count.ShouldBe(recovered ? messages - since : 0);
    }

    [Fact]
    public async Task Join_AfterMessagesHaveExpired_LeavesTheirRevisionsOut()
    {
        var (_, startup, conversationId) = await FilledPairAsync(5);
        await _server.ExpireAsync(conversationId, "sequence IN (2, 5)");
        await using var connection = await startup.ConnectAsync();

        var joined = await JoinSinceAsync(connection, conversationId, 0);

        joined.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        joined.GetProperty("revision").GetInt64().ShouldBe(5);
        RevisionsOf(joined).ShouldBe([1, 3, 4]);
    }

    [Fact]
    public async Task Join_WhileAnotherWrites_LosesNothingBetweenTheAnswerAndTheEvents()
    {
        const int Writes = 60;
        var (investor, startup, conversationId) = await FilledPairAsync(1);
        var admin = await _server.CreateAdminAsync();
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 1000, pointsPerMessage = 10 }))
            .Expect(HttpStatusCode.OK);
        var writing = Task.Run(
            async () =>
            {
                for (var number = 1; number <= Writes; number++)
                    (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);
            },
            TestContext.Current.CancellationToken);

        // Repeatedly disconnects and reconnects.
        var known = new SortedSet<long>();
        do
        {
            await using var connection = await startup.ConnectAsync();
            known.UnionWith(RevisionsOf(await JoinSinceAsync(connection, conversationId, known.Count == 0 ? 0 : known.Max)));
            if (known.Max <= Writes)
                known.Add((await connection.NextAsync("NewMessage")).GetProperty("message").GetProperty("revision").GetInt64());
            known.ShouldBe(Enumerable.Range(1, known.Count).Select(revision => (long)revision), "a hole between the answer and the event");
        }
        while (known.Max <= Writes);

        await writing;
        known.Count.ShouldBe(Writes + 1);
    }

    [Fact]
    public async Task Join_WithARevisionBelowNothing_IsRejected()
    {
        var (_, startup, conversationId) = await FilledPairAsync(1);
        await using var connection = await startup.ConnectAsync();

        var rejection = await Should.ThrowAsync<Microsoft.AspNetCore.SignalR.HubException>(
            () => JoinSinceAsync(connection, conversationId, -1));

        rejection.Message.ShouldContain("\"validation.failed\"");
        rejection.Message.ShouldContain("\"sinceRevision\"");
    }

    [Fact]
    public async Task SyncConversations_OfOwnForeignAndUnknown_AnswersEachAndNamesTheInaccessible()
    {
        var (investor, startup, conversationId) = await FilledPairAsync(3);
        var (_, _, foreignId) = await FilledPairAsync(2);
        var unknownId = Guid.CreateVersion7();

        var synced = (await SyncAsync(startup, (foreignId, 0), (conversationId, 1), (unknownId, 0))).Expect(HttpStatusCode.OK).Data;

        var conversation = synced.GetProperty("conversations").EnumerateArray().ShouldHaveSingleItem();
        conversation.GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
        conversation.GetProperty("unreadCount").GetInt32().ShouldBe(3);
        conversation
            .GetProperty("participants")
            .EnumerateArray()
            .Select(one => one.GetProperty("userId").GetGuid())
            .ShouldBe([investor.Id, startup.Id], ignoreOrder: true);
        RevisionsOf(conversation).ShouldBe([2, 3]);
        synced.GetProperty("inaccessible").EnumerateArray().Select(id => id.GetGuid()).ShouldBe([foreignId, unknownId]);
        synced.GetProperty("quota").GetProperty("remainingFree").GetInt32().ShouldBe(20);
        synced.TryGetProperty("serverTime", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task SyncConversations_OfTooManyChangesInAll_AnswersWholeConversationsUpToTheLimit()
    {
        // This many changes exceed the default size of a JSON response.
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Limits:ResponseBytes"] = "16777216" });
        var startup = await server.RegisterStartupAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < 11; number++)
        {
            var investor = await server.RegisterInvestorAsync();
            ids.Add(await investor.ConversationWithAsync(startup));
            await server.FillAsync(ids[^1], investor.Id, 500);
        }

        var synced = (await SyncAsync(startup, [.. ids.Select(id => (id, 0L))])).Expect(HttpStatusCode.OK).Data;

        var conversations = synced.GetProperty("conversations").EnumerateArray().ToList();
        conversations.Select(one => one.GetProperty("recovered").GetBoolean()).ShouldBe([.. Enumerable.Repeat(true, 10), false]);
        conversations.Take(10).ShouldAllBe(one => one.GetProperty("messages").GetArrayLength() == 500);
        conversations[10].GetProperty("messages").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task SyncConversations_OfManyChangesOfFewMessages_CountsTheMessages()
    {
        var startup = await _server.RegisterStartupAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < 12; number++)
        {
            var investor = await _server.RegisterInvestorAsync();
            ids.Add(await investor.ConversationWithAsync(startup));
            await _server.FillAsync(ids[^1], investor.Id, 1);
        }

        await SetRevisionAsync(501, [.. ids.Take(11)]);
        await SetRevisionAsync(5001, ids[11]);

        var synced = (await SyncAsync(startup, [.. ids.Select(id => (id, 1L))])).Expect(HttpStatusCode.OK).Data;

        var conversations = synced.GetProperty("conversations").EnumerateArray().ToList();
        conversations.ShouldAllBe(one => one.GetProperty("recovered").GetBoolean());
        conversations.SelectMany(RevisionsOf).ShouldBe([.. Enumerable.Repeat(501L, 11), 5001]);
    }

    [Fact]
    public async Task SyncConversations_OfTooManyRevisionsInAll_ReadsThoseOfTheFirstConversations()
    {
        var startup = await _server.RegisterStartupAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < 11; number++)
        {
            var investor = await _server.RegisterInvestorAsync();
            ids.Add(await investor.ConversationWithAsync(startup));
            await _server.FillAsync(ids[^1], investor.Id, 1);
        }

        await SetRevisionAsync(5000, [.. ids]);

        var synced = (await SyncAsync(startup, [.. ids.Select(id => (id, 0L))])).Expect(HttpStatusCode.OK).Data;

        synced.GetProperty("conversations").EnumerateArray().Select(one => one.GetProperty("recovered").GetBoolean())
            .ShouldBe([.. Enumerable.Repeat(true, 10), false]);
    }

    [Fact]
    public async Task SyncConversations_OfANumber_EnforcesTheLimits()
    {
        var startup = await _server.RegisterStartupAsync();
        var twice = Guid.CreateVersion7();

        (await SyncAsync(startup, [.. Enumerable.Range(0, 200).Select(_ => (Guid.CreateVersion7(), 0L))])).Expect(HttpStatusCode.OK);
        (await SyncAsync(startup, [.. Enumerable.Range(0, 201).Select(_ => (Guid.CreateVersion7(), 0L))]))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed");
        (await SyncAsync(startup)).ExpectError(HttpStatusCode.BadRequest, "validation.failed");
        (await SyncAsync(startup, (twice, 0), (twice, 1))).ExpectError(HttpStatusCode.BadRequest, "validation.failed");
        (await SyncAsync(startup, (twice, -1))).ExpectError(HttpStatusCode.BadRequest, "validation.failed");
    }

    private static IReadOnlyList<long> RevisionsOf(JsonElement joined) =>
        [.. joined.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("revision").GetInt64())];

    private static Task<JsonElement> JoinSinceAsync(TestConnection connection, Guid conversationId, long sinceRevision) =>
        connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision }, TestContext.Current.CancellationToken);

    private static Task<Answer> SyncAsync(TestUser user, params (Guid ConversationId, long SinceRevision)[] known) =>
        user.PostAsync(
            "/api/sync",
            new { conversations = known.Select(one => new { conversationId = one.ConversationId, sinceRevision = one.SinceRevision }) });

    /// <summary>Stores the state after so many changes of the only message of each conversation.</summary>
    private async Task SetRevisionAsync(long revision, params Guid[] conversationIds)
    {
        var ids = string.Join(", ", conversationIds.Select(id => $"'{id}'"));
        await _server.ExecuteAsync($"UPDATE conversations SET revision = {revision} WHERE id IN ({ids})");
        await _server.ExecuteAsync($"UPDATE messages SET revision = {revision} WHERE conversation_id IN ({ids})");
    }

    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> FilledPairAsync(int messages)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, messages);

        return (investor, startup, conversationId);
    }
}
