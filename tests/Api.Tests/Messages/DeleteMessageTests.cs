using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class DeleteMessageTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task DeleteMessage_ByTheSender_LeavesATombstoneWithoutAText()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var kept = (await investor.SendAsync(conversationId, "Kept")).Data;
        var id = (await investor.SendAsync(conversationId, "Secret one")).Data.Id();
        (await investor.EditAsync(id, "Secret two", version: 0)).Expect(HttpStatusCode.OK);

        var tombstone = (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK).Data;

        tombstone.Members().ShouldBe(["messageId", "sequence", "revision", "deletedAt", "by", "expiresAt"]);
        tombstone.GetProperty("messageId").GetGuid().ShouldBe(id);
        tombstone.Sequence().ShouldBe(2);
        tombstone.GetProperty("revision").GetInt64().ShouldBe(4);
        tombstone.GetProperty("by").GetString().ShouldBe("sender");
        foreach (var participant in new[] { investor, startup })
        {
            var page = await participant.GetAsync($"/api/messages?conversationId={conversationId}");
            page.Data.EnumerateArray().ShouldHaveSingleItem().Id().ShouldBe(kept.Id());
            page.Body.GetProperty("deleted").EnumerateArray().ShouldHaveSingleItem().GetRawText().ShouldBe(tombstone.GetRawText());
            (await participant.GetAsync($"/api/messages/{id}/versions")).ExpectError(HttpStatusCode.NotFound, "message.not_found");
            var conversation = (await participant.GetAsync($"/api/conversations/{conversationId}")).Data;
            conversation.GetProperty("lastMessage").Id().ShouldBe(kept.Id());
            conversation.GetProperty("lastSequence").GetInt64().ShouldBe(2);
        }

        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("unreadCount").GetInt32().ShouldBe(1);
        (await startup.GetAsync("/api/conversations/unread")).Data.GetProperty("messages").GetInt32().ShouldBe(1);
        (await _server.QueryAsync<long>("SELECT count(*) FROM messages WHERE content LIKE 'Secret%'")).ShouldBe(0);
        (await _server.QueryAsync<long>("SELECT count(*) FROM message_versions WHERE content LIKE 'Secret%'")).ShouldBe(0);
    }

    [Fact]
    public async Task DeleteMessage_SixteenTimesInParallel_DeletesOnceAndAnswersTheSame()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => investor.DeleteMessageAsync(id)));

        answers.Select(answer => answer.Expect(HttpStatusCode.OK).Text).Distinct().ShouldHaveSingleItem();
        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("revision").GetInt64().ShouldBe(2);
        var deleted = await connection.NextAsync("MessageDeleted");
        deleted.GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
        deleted.GetProperty("deleted").GetRawText().ShouldBe(answers[0].Data.GetRawText());
    }

    [Fact]
    public async Task DeleteMessage_ByAnotherUser_IsRejectedWithoutSayingMoreThanTheySee()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var (foreigner, _, _) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Data.Id();

        (await startup.DeleteMessageAsync(id)).ExpectError(HttpStatusCode.Forbidden, "message.not_yours");
        var foreign = (await foreigner.DeleteMessageAsync(id)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        var unknown = (await foreigner.DeleteMessageAsync(Guid.CreateVersion7())).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        foreign.WithoutTrace().ShouldBe(unknown.WithoutTrace());
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Text"]);
    }

    [Theory]
    [InlineData("hide")]
    [InlineData("clear")]
    [InlineData("delete")]
    public async Task DeleteMessage_ThatItsSenderNoLongerSees_LeavesATombstoneForTheOtherOnly(string how)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Unseen")).Data.Id();
        var foreign = (await startup.SendAsync(conversationId, "Kept")).Data.Id();
        (await (how switch
        {
            "hide" => investor.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { id, foreign } }),
            "clear" => investor.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = 2 }),
            _ => investor.PostAsync($"/api/conversations/{conversationId}/delete", new { throughSequence = 2 }),
        })).Expect(HttpStatusCode.OK);
        await using var own = await investor.ConnectAsync();
        await own.JoinAsync(conversationId);
        await using var other = await startup.ConnectAsync();
        await other.JoinAsync(conversationId);

        var tombstone = (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);

        (await other.NextAsync("MessageDeleted")).GetProperty("deleted").GetRawText().ShouldBe(tombstone.Data.GetRawText());
        var page = await startup.GetAsync($"/api/messages?conversationId={conversationId}");
        page.Body.GetProperty("deleted").EnumerateArray().ShouldHaveSingleItem().GetProperty("messageId").GetGuid().ShouldBe(id);
        page.Data.EnumerateArray().ShouldHaveSingleItem().Id().ShouldBe(foreign);
        (await investor.GetAsync($"/api/messages?conversationId={conversationId}"))
            .Body.GetProperty("deleted").EnumerateArray().ShouldBeEmpty();
        own.Unread("MessageDeleted").ShouldBeEmpty();
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK).Text.ShouldBe(tombstone.Text);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE id = '{id}' AND content <> ''")).ShouldBe(0);

        // A received message that the user has hidden does not exist for them, as an unknown one.
        var unknown = (await investor.DeleteMessageAsync(Guid.CreateVersion7())).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        var unseen = (await investor.DeleteMessageAsync(foreign)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        unseen.WithoutTrace().ShouldBe(unknown.WithoutTrace());
        (await investor.EditAsync(id, "Edited", version: 0)).ExpectError(HttpStatusCode.NotFound, "message.not_found");
    }

    [Fact]
    public async Task DeleteMessage_AtTheEndOfItsTime_IsRejected()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        var sent = (await investor.SendAsync(conversationId, "Text")).Data;
        var end = sent.Instant("createdAt").AddHours(48);

        server.Clock.FreezeAt(end);
        var again = await server.LogInAsync(investor.Email);
        (await again.DeleteMessageAsync(sent.Id())).ExpectError(HttpStatusCode.Conflict, "message.delete_window_over")
            .Body.Instant("deletableUntil").ShouldBe(end);
        server.Clock.FreezeAt(end.AddMicroseconds(-1));
        var tombstone = (await again.DeleteMessageAsync(sent.Id())).Expect(HttpStatusCode.OK);
        server.Clock.FreezeAt(end.AddDays(30));
        again = await server.LogInAsync(investor.Email);
        (await again.DeleteMessageAsync(sent.Id())).Expect(HttpStatusCode.OK).Text.ShouldBe(tombstone.Text);
    }

    [Fact]
    public async Task Tombstone_OfAnExpiringMessage_ExpiresWithIt()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var sent = (await investor.SendExpiringAsync(conversationId, "Text", 1)).Data;
        (await investor.DeleteMessageAsync(sent.Id())).Expect(HttpStatusCode.OK);

        server.Clock.FreezeAt(sent.Instant("expiresAt").AddMicroseconds(-1));
        investor = await server.LogInAsync(investor.Email);
        startup = await server.LogInAsync(startup.Email);
        await using var connection = await startup.ConnectAsync();
        (await DeletedAsync()).ShouldBe([1]);
        server.Clock.FreezeAt(sent.Instant("expiresAt"));
        (await DeletedAsync()).ShouldBeEmpty();
        (await investor.DeleteMessageAsync(sent.Id())).ExpectError(HttpStatusCode.NotFound, "message.not_found");

        async Task<IReadOnlyList<long>> DeletedAsync()
        {
            var page = Deleted((await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Body);
            Deleted(await JoinSinceAsync(connection, conversationId, 0)).ShouldBe(page);
            var synced = await startup.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 0 } } });
            Deleted(synced.Data.GetProperty("conversations")[0]).ShouldBe(page);

            return page;
        }
    }

    [Fact]
    public async Task SendMessage_RepeatedAfterTheDeletion_IsReplayedWithoutAText()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var key = Guid.CreateVersion7();
        var id = (await investor.SendAsync(conversationId, "Text", key)).Data.Id();
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);

        var repeated = (await investor.SendAsync(conversationId, "Text", key)).Expect(HttpStatusCode.OK);

        repeated.Data.Id().ShouldBe(id);
        repeated.Data.Content().ShouldBeNull();
        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("lastSequence").GetInt64().ShouldBe(1);
    }

    /// <summary>Every second message is deleted, and pages are filled with visible ones.</summary>
    [Fact]
    public async Task GetMessages_InEitherDirection_MeetsEveryMessageAndEveryTombstoneOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 100);
        await _server.ExecuteAsync(
            $"""
            UPDATE messages SET content = '', deleted_at = created_at + interval '1 microsecond', deleted_by = 1
            WHERE conversation_id = '{conversationId}' AND (sequence % 2 = 0 OR sequence > 95)
            """);

        var older = await WalkAsync("", page => $"&before={page.Data[0].Id()}", "hasMoreBefore");
        var newer = await WalkAsync("&afterSequence=0", page => $"&after={page.Data[page.Data.GetArrayLength() - 1].Id()}", "hasMoreAfter");

        foreach (var (messages, deleted) in new[] { older, newer })
        {
            messages.Order().ShouldBe(Enumerable.Range(1, 95).Where(number => number % 2 == 1).Select(number => (long)number));
            deleted.Order().ShouldBe(Enumerable.Range(1, 100).Where(number => number % 2 == 0 || number > 95).Select(number => (long)number));
        }

        async Task<(List<long> Messages, List<long> Deleted)> WalkAsync(string first, Func<Answer, string> next, string hasMore)
        {
            var (messages, deleted, query) = (new List<long>(), new List<long>(), (string?)first);
            while (query is not null)
            {
                var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=10{query}")).Expect(HttpStatusCode.OK);
                messages.AddRange(page.Data.EnumerateArray().Select(message => message.Sequence()));
                var ofPage = Deleted(page.Body);
                ofPage.ShouldBe(ofPage.Order());
                deleted.AddRange(ofPage);
                query = page.Body.GetProperty("page").GetProperty(hasMore).GetBoolean() ? next(page) : null;
            }

            return (messages, deleted);
        }
    }

    [Fact]
    public async Task GetMessages_WithAll300NewestDeleted_IsFilledPastThemAndSoIsThePreview()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 400);
        await _server.ExecuteAsync(
            $"""
            UPDATE messages SET content = '', deleted_at = created_at + interval '1 microsecond', deleted_by = 1
            WHERE conversation_id = '{conversationId}' AND sequence > 100
            """);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=50")).Expect(HttpStatusCode.OK);
        page.Data.EnumerateArray().Select(message => message.Sequence()).ShouldBe(Enumerable.Range(51, 50).Select(number => (long)number));
        Deleted(page.Body).ShouldBe(Enumerable.Range(301, 100).Select(number => (long)number));
        page.Body.GetProperty("page").GetProperty("hasMoreBefore").GetBoolean().ShouldBeTrue();

        var newer = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=50&afterSequence=90")).Expect(HttpStatusCode.OK);
        newer.Data.EnumerateArray().Select(message => message.Sequence()).ShouldBe(Enumerable.Range(91, 10).Select(number => (long)number));
        newer.Body.GetProperty("page").GetProperty("hasMoreAfter").GetBoolean().ShouldBeFalse();

        var listed = (await startup.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK).Data[0];
        (listed.GetProperty("lastMessage").Sequence(), listed.GetProperty("unreadCount").GetInt32()).ShouldBe((100, 100));
    }

    /// <summary>Recovery counts messages and tombstones, so many changes of one message do not prevent it.</summary>
    [Fact]
    public async Task Join_AfterMoreRevisionsThanChangesFit_RecoversTheChangedMessagesOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 500);
        await _server.ExecuteAsync(
            $"""
            UPDATE messages SET revision = 5000 WHERE conversation_id = '{conversationId}' AND sequence = 3;
            UPDATE conversations SET revision = 5000 WHERE id = '{conversationId}'
            """);
        await using var connection = await startup.ConnectAsync();

        var joined = await JoinSinceAsync(connection, conversationId, 0);
        joined.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        joined.GetProperty("messages").GetArrayLength().ShouldBe(500);
        joined = await JoinSinceAsync(connection, conversationId, 500);
        joined.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().Sequence().ShouldBe(3);

        (await investor.SendAsync(conversationId, "One more")).Expect(HttpStatusCode.Created);
        (await JoinSinceAsync(connection, conversationId, 0)).GetProperty("recovered").GetBoolean().ShouldBeFalse();
        (await JoinSinceAsync(connection, conversationId, 1)).GetProperty("recovered").GetBoolean().ShouldBeTrue();
        (await JoinSinceAsync(connection, conversationId, 5002)).GetProperty("recovered").GetBoolean().ShouldBeFalse();
    }

    private static Task<JsonElement> JoinSinceAsync(TestConnection connection, Guid conversationId, long sinceRevision) =>
        connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision });

    private static IReadOnlyList<long> Deleted(JsonElement answer) =>
        [.. answer.GetProperty("deleted").EnumerateArray().Select(tombstone => tombstone.Sequence())];
}
