using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Retention;

/// <summary>Tests the clean-up of expired messages with <c>Retention:ExpiredContent</c> set to Redact. Retain is the default of other tests.</summary>
public sealed class RedactAtLogInTests(RetentionServerFixture servers) : IClassFixture<RetentionServerFixture>
{
    [Fact]
    public async Task LogIn_AfterMessagesHaveExpired_ErasesTheirContents()
    {
        var server = await servers.RedactingAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var attachment = await server.AddAttachmentAsync(investor.Id, conversationId, name: "secret.pdf");
        var id = (await investor.SendAttachmentsAsync(conversationId, "secret one", [attachment], expirationHours: 1)).Expect(HttpStatusCode.Created).Data.Id();
        (await investor.EditAsync(id, "secret two", version: 0)).Expect(HttpStatusCode.OK);
        (await startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);
        var clientMessageId = Guid.CreateVersion7();
        (await RepeatAsync("secret")).Expect(HttpStatusCode.Created);
        (await investor.SendExpiringAsync(conversationId, "Later", 3)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Kept")).Expect(HttpStatusCode.Created);
        server.Clock.Shift(TimeSpan.FromHours(1));

        await Eventually.TrueAsync(async () => await FlaggedAsync(server, investor) == 2, "2 messages are not flagged.");
        (await FlaggedAsync(server, investor)).ShouldBe(0);

        (await server.WithTextAsync(conversationId)).ShouldBe([3, 4]);
        (await server.QueryAsync<long>(
            """
            SELECT (SELECT count(*) FROM messages AS m WHERE m::text LIKE '%secret%' OR (is_expired AND num_nonnulls(attachments, reactions, played_at) > 0))
                 + (SELECT count(*) FROM message_versions)
            """)).ShouldBe(0);
        (await server.QueryAsync<bool>($"SELECT bool_and(is_expired = (sequence <= 2)) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBeTrue();
        investor = await server.LogInAsync(investor.Email);
        (await RepeatAsync("secret")).Expect(HttpStatusCode.OK).Data.Content().ShouldBeNull();
        (await RepeatAsync("another")).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");

        Task<Answer> RepeatAsync(string content) =>
            investor.PostAsync("/api/messages/send", new { conversationId, content, clientMessageId, expirationHours = 1 });
    }

    [Fact]
    public async Task LogIn_WithMoreThan500Expired_ErasesTheOldest500AndThenTheRest()
    {
        var server = await servers.RedactingAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 501, expiresAt: "now() - n * interval '1 minute'");

        await Eventually.TrueAsync(async () => await FlaggedAsync(server, investor) == 500, "500 messages are not flagged.");
        (await server.WithTextAsync(conversationId)).ShouldBe([1], "the one that expired last");
        await Eventually.TrueAsync(async () => await FlaggedAsync(server, investor) == 1, "The last message is not flagged.");
        (await server.WithTextAsync(conversationId)).ShouldBeEmpty();
    }

    /// <summary>2 MB of texts at a time, so that large texts do not exceed the time of a log-in again and again.</summary>
    [Fact]
    public async Task LogIn_WithLargeTextsExpired_ErasesFewerAtATime()
    {
        var server = await servers.RedactingAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 150, expiresAt: "now() - interval '1 minute'");
        await server.ExecuteAsync("UPDATE messages SET content = repeat('😀', 5000) WHERE expires_at IS NOT NULL");

        await Eventually.TrueAsync(async () => await FlaggedAsync(server, investor) == 100, "100 messages are not flagged.");
        await Eventually.TrueAsync(async () => await FlaggedAsync(server, investor) == 50, "50 messages are not flagged.");
    }

    [Fact]
    public async Task LogIn_WhileAMessageIsLocked_PassesOverIt()
    {
        var server = await servers.RedactingAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 3, expiresAt: "now() - interval '1 minute'");
        await using (await LockHolder.HoldAsync(server, $"SELECT FROM messages WHERE sequence = 2 AND conversation_id = '{conversationId}' FOR NO KEY UPDATE"))
            await Eventually.TrueAsync(async () => await FlaggedAsync(server, investor) == 2, "2 messages are not flagged.");

        (await server.WithTextAsync(conversationId)).ShouldBe([2]);
    }

    /// <summary>Contents that were flagged while they were retained stay, until an Admin purges them.</summary>
    [Fact]
    public async Task LogIn_AfterMessagesWereFlagged_LeavesThemToThePurge()
    {
        var server = await servers.RedactingAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 1, expiresAt: "now() - interval '1 minute'");
        await server.ExecuteAsync("UPDATE messages SET is_expired = true WHERE expires_at IS NOT NULL");

        (await FlaggedAsync(server, investor)).ShouldBe(0);

        (await server.WithTextAsync(conversationId)).ShouldBe([1]);
        (await (await server.CreateAdminAsync()).PurgeAllAsync(server.Clock.GetUtcNow())).ShouldBe(1);
    }

    /// <summary>Logs a user in; returns the number of messages that this flagged. On a busy machine it may be 0, and the next log-in tries again.</summary>
    private static async Task<int> FlaggedAsync(ApiServer server, TestUser user) =>
        (await server.PostAsync("/api/auth/login", new { email = user.Email, password = ApiServer.Password }))
            .Expect(HttpStatusCode.OK).Data.GetProperty("expiredMessages").GetInt32();
}
