using System.Net;
using System.Text.RegularExpressions;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Retention;

/// <summary>Tests that users see no difference between expired messages and purged ones.</summary>
public sealed partial class PurgeInvisibilityTests(RetentionServerFixture servers) : IClassFixture<RetentionServerFixture>
{
    private readonly Guid[] _clientMessageIds = [.. Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7())];

    [Fact]
    public async Task Purge_OfAllExpiredMessages_ChangesNothingThatUsersSee()
    {
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 1000);
        var startup = await server.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);
        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = 2, pointsPerMessage = 10 })).Expect(HttpStatusCode.OK);
        var ids = await TalkAsync(server, investor, startup, conversationId);
        server.Clock.Shift(TimeSpan.FromHours(30));
        (admin, investor, startup) = (await server.LogInAsync(admin.Email), await server.LogInAsync(investor.Email), await server.LogInAsync(startup.Email));
        var seen = await SeenAsync(server, investor, startup, conversationId, ids);
        var rows = await RowsAsync(server);

        (await admin.PurgeAllAsync(server.Clock.GetUtcNow(), atMost: 2)).ShouldBe(5);

        foreach (var (after, before) in (await SeenAsync(server, investor, startup, conversationId, ids)).Zip(seen))
            after.ShouldBe(before);

        (await RowsAsync(server)).ShouldBe(rows);
        await server.ShouldAddUpAsync();
        (await server.WithTextAsync(conversationId)).ShouldBe([1, 8, 9]);
    }

    /// <summary>A retry of an expired send with another text is rejected before the purge and after it.</summary>
    [Fact]
    public async Task SendMessage_RepeatedAfterAPurge_IsReplayedForTheTextThatWasSentOnly()
    {
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        (await RepeatAsync("Frist")).Expect(HttpStatusCode.Created);
        await server.ExpireAsync(conversationId, "true");
        await server.ExecuteAsync("UPDATE messages SET created_at = expires_at - interval '1 hour', updated_at = expires_at - interval '1 hour' WHERE expires_at IS NOT NULL");

        foreach (var isPurged in new[] { false, true })
        {
            if (isPurged)
                (await admin.PurgeAllAsync(server.Clock.GetUtcNow())).ShouldBe(1);

            var replayed = (await RepeatAsync("Frist")).Expect(HttpStatusCode.OK);
            replayed.Data.Content().ShouldBeNull();
            replayed.Header("Idempotency-Replayed").ShouldBe("true");
            (await RepeatAsync("First")).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        }

        Task<Answer> RepeatAsync(string content) =>
            investor.PostAsync("/api/messages/send", new { conversationId, content, clientMessageId = _clientMessageIds[0], expirationHours = 1 });
    }

    /// <summary>Messages 1, 8 and 9 never expire; 2 to 7 do: free, paid, edited, with a file and a reaction, a reply, and a deleted one.</summary>
    private async Task<IReadOnlyList<Guid>> TalkAsync(ApiServer server, TestUser investor, TestUser startup, Guid conversationId)
    {
        var ids = new List<Guid> { await SendAsync(new { conversationId, content = "First" }) };
        for (var number = 0; number < 3; number++)
            ids.Add(await SendAsync(new { conversationId, content = "Gone", clientMessageId = _clientMessageIds[number], expirationHours = 24 }));

        var file = await server.AddAttachmentAsync(investor.Id, conversationId, AttachmentKind.Image, "gone.png");
        ids.Add(await SendAsync(new { conversationId, content = "", clientMessageId = _clientMessageIds[3], expirationHours = 24, attachmentIds = new[] { file } }));
        ids.Add(await SendAsync(new { conversationId, content = "Gone", clientMessageId = _clientMessageIds[4], expirationHours = 24, replyToSequence = 2 }));
        ids.Add(await SendAsync(new { conversationId, content = "Gone", clientMessageId = _clientMessageIds[5], expirationHours = 24 }));
        ids.Add(await SendAsync(new { conversationId, content = "Reply", replyToSequence = 3 }));
        (await investor.EditAsync(ids[2], "Edited", version: 0)).Expect(HttpStatusCode.OK);
        (await startup.ReactAsync(ids[4], "👍")).Expect(HttpStatusCode.OK);
        (await investor.DeleteMessageAsync(ids[6])).Expect(HttpStatusCode.OK);
        (await investor.ExpireSoonerAsync(ids[1], 1)).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/read", new { conversationId, messageIds = new[] { ids[3] } })).Expect(HttpStatusCode.OK);
        ids.Add((await startup.SendAsync(conversationId, "Last")).Expect(HttpStatusCode.Created).Data.Id());

        return ids;

        async Task<Guid> SendAsync(object message) => (await investor.PostAsync("/api/messages/send", message)).Expect(HttpStatusCode.Created).Data.Id();
    }

    /// <summary>Returns everything that both users can read of the conversation.</summary>
    private async Task<IReadOnlyList<string>> SeenAsync(ApiServer server, TestUser investor, TestUser startup, Guid conversationId, IReadOnlyList<Guid> ids)
    {
        var texts = new List<string>();
        foreach (var user in new[] { investor, startup })
        {
            string[] paths =
            [
                "/api/conversations", $"/api/conversations/{conversationId}", "/api/conversations/unread", $"/api/messages?conversationId={conversationId}",
                $"/api/messages?conversationId={conversationId}&limit=2", $"/api/messages?conversationId={conversationId}&around=4",
                $"/api/messages?conversationId={conversationId}&afterSequence=3", $"/api/messages/lookup?conversationId={conversationId}&sequences=1,2,3,4,5,6,7,8",
                $"/api/conversations/{conversationId}/attachments", "/api/attachments/usage", "/api/wallet", "/api/wallet/transactions", "/api/messages/quota",
                .. ids.SelectMany(id => new[]
                {
                    $"/api/messages?conversationId={conversationId}&before={id}", $"/api/messages?conversationId={conversationId}&after={id}",
                    $"/api/messages/{id}/versions",
                }),
            ];
            foreach (var path in paths)
                texts.Add(Text(path, await user.GetAsync(path)));

            var known = new[] { new { conversationId, sinceRevision = 0 } };
            texts.Add(Text("sync", await user.PostAsync("/api/sync", new { conversations = known })));
            texts.Add(Text("search", await user.PostAsync("/api/messages/search", new { query = "Gone" })));
            texts.Add(Text("edit", await user.EditAsync(ids[3], "Other", version: 0)));
            texts.Add(Text("react", await user.ReactAsync(ids[3], "👍")));
            texts.Add(Text("delete", await user.DeleteMessageAsync(ids[3])));
            texts.Add(Text("hide", await user.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { Guid.CreateVersion7() } })));
        }

        var file = await server.QueryAsync<Guid>($"SELECT id FROM attachments WHERE conversation_id = '{conversationId}'");
        foreach (var (content, number) in new[] { ("Gone", 0), ("Gone", 1), ("Edited", 1), ("Gone", 2), ("Other", 2), ("", 3), ("Gone", 4), ("Gone", 5) })
        {
            var message = new Dictionary<string, object>
            {
                ["conversationId"] = conversationId,
                ["content"] = content,
                ["clientMessageId"] = _clientMessageIds[number],
                ["expirationHours"] = 24,
            };
            if (number == 3)
                message["attachmentIds"] = new[] { file };
            if (number == 4)
                message["replyToSequence"] = 2;

            texts.Add(Text($"repeat {number} {content}", await investor.PostAsync("/api/messages/send", message)));
        }

        return texts;
    }

    /// <summary>Returns what a purge keeps of every message, and everything of the other tables, as one text.</summary>
    private static Task<string> RowsAsync(ApiServer server) => server.QueryAsync<string>(
        """
        SELECT concat_ws(' ',
            (SELECT string_agg(concat_ws(',', id, conversation_id, sequence, revision, sender_id, created_at, updated_at, expires_at, is_expired, client_message_id, points_charged,
                expires_by_default, reply_to_sequence, sent_expiration_hours, version, edited_at, deleted_at, deleted_by), ';' ORDER BY sequence) FROM messages),
            (SELECT string_agg(c::text, ';') FROM conversations AS c), (SELECT string_agg(p::text, ';' ORDER BY user_id) FROM participants AS p),
            (SELECT string_agg(r::text, ';' ORDER BY r::text) FROM read_marks AS r), (SELECT string_agg(l::text, ';' ORDER BY id) FROM wallet_transactions AS l),
            (SELECT string_agg(w::text, ';' ORDER BY user_id) FROM wallets AS w), (SELECT string_agg(q::text, ';' ORDER BY user_id) FROM message_quotas AS q))
        """);

    private static string Text(string request, Answer answer) =>
        $"{request}: {(answer.Status is HttpStatusCode.OK ? ServerTime().Replace(answer.Text, "") : $"{(int)answer.Status} {answer.WithoutTrace()}")}";

    [GeneratedRegex("\"serverTime\":\"[^\"]*\"")]
    private static partial Regex ServerTime();
}
