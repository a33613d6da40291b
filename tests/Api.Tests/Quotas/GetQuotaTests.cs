using System.Net;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Quotas;

public sealed class GetQuotaTests(ApiServerFixture fixture, TestPostgres postgres) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetQuota_BeforeTheFirstSend_AnswersWithTheWholeQuota()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 30);

        var quota = await investor.QuotaAsync();

        quota.Members()
            .ShouldBe(
                ["messagesSentToday", "remainingFree", "requiresPoints", "pointsPerMessage", "dailyFreeLimit", "resetsAt", "balance"]);
        ShouldBe(quota, sent: 0, remaining: 20, requiresPoints: false);
        quota.GetProperty("pointsPerMessage").GetInt64().ShouldBe(10);
        quota.GetProperty("dailyFreeLimit").GetInt32().ShouldBe(20);
        quota.GetProperty("balance").GetInt64().ShouldBe(30);
        quota.Instant("resetsAt").TimeOfDay.ShouldBe(TimeSpan.Zero);
        (quota.Instant("resetsAt") - _server.Clock.GetUtcNow()).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task GetQuota_AroundTheLimit_CountsFreeAndPaidMessagesOfAllConversations()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 30);
        var one = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var other = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        foreach (var number in Enumerable.Range(1, 19))
            (await investor.SendAsync(number % 2 == 0 ? one : other, $"{number}")).Expect(HttpStatusCode.Created);

        ShouldBe(await investor.QuotaAsync(), sent: 19, remaining: 1, requiresPoints: false);
        (await investor.SendAsync(one, "20")).Expect(HttpStatusCode.Created).Charge().ShouldBe(0);
        ShouldBe(await investor.QuotaAsync(), sent: 20, remaining: 0, requiresPoints: true);
        (await investor.SendAsync(other, "21")).Expect(HttpStatusCode.Created).Charge().ShouldBe(10);
        ShouldBe(await investor.QuotaAsync(), sent: 21, remaining: 0, requiresPoints: true);
        (await investor.BalanceAsync()).ShouldBe(20);
    }

    /// <summary>Tests a token that is valid, but issued for another database, as after the restore of an older backup.</summary>
    [Fact]
    public async Task GetQuotaAndSync_ByAUserWhoIsNotInTheDatabase_AreNotFound()
    {
        await using var restored = await ApiServer.StartAsync(postgres);
        var unknown = restored.As(await _server.RegisterInvestorAsync());
        var known = new { conversations = new[] { new { conversationId = Guid.CreateVersion7(), sinceRevision = 0 } } };

        (await unknown.GetAsync("/api/messages/quota")).ExpectError(HttpStatusCode.NotFound, "user.not_found");
        (await unknown.PostAsync("/api/sync", known)).ExpectError(HttpStatusCode.NotFound, "user.not_found");
    }

    [Fact]
    public async Task GetQuota_AsOftenAsAsked_WritesNothing()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        await _server.ExecuteAsync($"UPDATE message_quotas SET quota_date = quota_date - 1 WHERE user_id = '{investor.Id}'");
        var before = await VersionsAsync(investor);

        foreach (var _ in Enumerable.Range(0, 5))
            ShouldBe(await investor.QuotaAsync(), sent: 0, remaining: 20, requiresPoints: false);

        (await VersionsAsync(investor)).ShouldBe(before);
    }

    [Fact]
    public async Task GetQuota_AfterReadingAndReplaying_HasCountedMessagesOnly()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        ShouldBe(await investor.QuotaAsync(), sent: 1, remaining: 19, requiresPoints: false);
        ShouldBe(await startup.QuotaAsync(), sent: 0, remaining: 20, requiresPoints: false);
    }

    private static void ShouldBe(JsonElement quota, int sent, int remaining, bool requiresPoints)
    {
        quota.GetProperty("messagesSentToday").GetInt32().ShouldBe(sent);
        quota.GetProperty("remainingFree").GetInt32().ShouldBe(remaining);
        quota.GetProperty("requiresPoints").GetBoolean().ShouldBe(requiresPoints);
    }

    /// <summary>Returns the transactions that last wrote the user's rows, and the rows' physical locations.</summary>
    private Task<string> VersionsAsync(TestUser user) =>
        _server.QueryAsync<string>(
            $"""
            SELECT concat_ws(' ', q.xmin, q.xmax, q.ctid, w.xmin, w.xmax, w.ctid)
            FROM message_quotas AS q JOIN wallets AS w USING (user_id) WHERE user_id = '{user.Id}'
            """);
}
