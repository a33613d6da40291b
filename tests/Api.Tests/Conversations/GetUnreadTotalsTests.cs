using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Conversations;

public sealed class GetUnreadTotalsTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetUnreadTotals_OfANewUser_IsNothing() => (await TotalsAsync(await _server.RegisterInvestorAsync())).ShouldBe((0, 0));

    [Fact]
    public async Task GetUnreadTotals_OverMoreConversationsThanAPage_CountsThemAll()
    {
        const int Total = 62;
        var investor = await _server.RegisterInvestorAsync();
        foreach (var number in Enumerable.Range(1, Total))
        {
            var startup = await _server.RegisterStartupAsync();
            var conversationId = await investor.ConversationWithAsync(startup);
            if (number % 2 == 0)
                (await startup.SendAsync(conversationId, "Unread")).Expect(HttpStatusCode.Created);
            else
                await _server.FillAsync(conversationId, investor.Id, 1);
        }

        (await TotalsAsync(investor)).ShouldBe((Total / 2, Total / 2));
    }

    [Fact]
    public async Task GetUnreadTotals_WhileReading_FallsWithTheReadPointer()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, startup.Id, 30);
        (await TotalsAsync(investor)).ShouldBe((1, 30));
        (await TotalsAsync(startup)).ShouldBe((0, 0));
        var tenth = await _server.QueryAsync<Guid>($"SELECT id FROM messages WHERE conversation_id = '{conversationId}' AND sequence = 10");

        (await investor.PostAsync("/api/messages/read", new { conversationId, messageIds = new[] { tenth } })).Expect(HttpStatusCode.OK);
        (await TotalsAsync(investor)).ShouldBe((1, 20));
        await _server.ExpireAsync(conversationId, "sequence > 25");
        (await TotalsAsync(investor)).ShouldBe((1, 15));
        (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        (await TotalsAsync(investor)).ShouldBe((0, 0));
    }

    [Theory]
    [InlineData(99, "false", 99)]
    [InlineData(100, "false", 100)]
    [InlineData(101, "false", 100)]
    [InlineData(600, "false", 100)]
    [InlineData(600, "n <= 500", 100)]
    [InlineData(600, "n <= 501", 99)]
    [InlineData(600, "n % 10 > 0", 60)]
    [InlineData(600, "true", 0)]
    public async Task GetUnreadTotals_OfOneConversation_CountsVisibleMessagesUpTo100(int messages, string expired, int expected)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, startup.Id, messages, $"CASE WHEN {expired} THEN now() - interval '1 second' END");

        (await TotalsAsync(investor)).ShouldBe((expected > 0 ? 1 : 0, expected));
    }

    [Fact]
    public async Task GetUnreadTotals_BehindManyOwnMessages_CountsTheOthers()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 400);
        await _server.FillAsync(conversationId, startup.Id, 3);

        (await TotalsAsync(investor)).ShouldBe((1, 3));
    }

    [LongFact(DisableParallelization = true)]
    public async Task GetUnreadTotals_OfAThousandConversationsWithHalfAMillionMessages_TakesLessThanASecond()
    {
        const int Conversations = 1_000;
        const int MessagesEach = 500;
        const int AtOnce = 50;
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var (investor, _, _) = await server.RegisterPairAsync();
        await server.ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            INSERT INTO conversations SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'pair_low', gen_random_uuid(), 'pair_high', '{investor.Id}'))).*
            FROM conversations AS c, generate_series(2, {Conversations}) AS n;
            INSERT INTO participants (conversation_id, user_id, last_read_sequence)
            SELECT c.id, u, 0 FROM conversations AS c, unnest(ARRAY[c.pair_low, c.pair_high]) AS u ON CONFLICT DO NOTHING;
            UPDATE conversations SET last_sequence = {MessagesEach}, revision = {MessagesEach}
            """);
        for (var from = 1; from <= MessagesEach; from += AtOnce)
        {
            await server.ExecuteAsync(
                $"""
                SET session_replication_role = replica;
                INSERT INTO messages (id, conversation_id, sequence, revision, sender_id, content, created_at, updated_at, expires_at, is_expired, points_charged)
                SELECT gen_random_uuid(), p.conversation_id, n, n, p.user_id, 'Filled', now(), now(), NULL, false, 0
                FROM participants AS p, generate_series({from}, {from + AtOnce - 1}) AS n WHERE p.user_id <> '{investor.Id}'
                """);
        }

        await server.ExecuteAsync("ANALYZE");

        (await TotalsAsync(investor)).ShouldBe((Conversations, Conversations * 100));
        var started = Stopwatch.GetTimestamp();
        await TotalsAsync(investor);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    private static async Task<(int Conversations, int Messages)> TotalsAsync(TestUser user)
    {
        var answer = (await user.GetAsync("/api/conversations/unread")).Expect(HttpStatusCode.OK);
        answer.Data.Members().ShouldBe(["conversations", "messages", "archivedConversations", "archivedMessages"]);

        return (answer.Data.GetProperty("conversations").GetInt32(), answer.Data.GetProperty("messages").GetInt32());
    }
}
