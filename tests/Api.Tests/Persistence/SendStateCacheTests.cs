using System.Net;
using System.Text.Json;
using CleanMessaging.Api.Tests.Wallets;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests that sends based on this server's cached rows are correct even when another server or user has changed those rows since.
/// </summary>
public sealed class SendStateCacheTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int Free = 20;
    private const int Price = 10;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Send_AfterTheQuotaWasUsedUpElsewhere_IsPaid()
    {
        var (sender, conversationId) = await KnownAsync(points: 2 * Price);
        await _server.ExecuteAsync($"UPDATE message_quotas SET messages_sent_today = {Free} WHERE user_id = '{sender.Id}'");

        (await sender.SendAsync(conversationId, "No longer free")).Expect(HttpStatusCode.Created).Points().ShouldBe(Price);

        (await sender.BalanceAsync()).ShouldBe(Price);
    }

    [Fact]
    public async Task Send_AfterThePointsWereSpentElsewhere_IsRejected()
    {
        var (sender, conversationId) = await KnownAsync(points: Price, sent: Free);
        var other = await _server.As(sender).ConversationWithAsync(await _server.RegisterStartupAsync());
        await SpendElsewhereAsync(sender, other);

        (await sender.SendAsync(conversationId, "Cannot be paid")).Expect(HttpStatusCode.PaymentRequired);

        (await sender.BalanceAsync()).ShouldBe(0);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task Send_AfterPointsWereCredited_IsNotRejectedForWantOfThem()
    {
        var (sender, conversationId) = await KnownAsync(points: 0, sent: Free);
        var admin = await _server.CreateAdminAsync();
        (await admin.CreditAsync(sender.Id, Price, WalletSteps.NewKey())).Expect(HttpStatusCode.Created);

        (await sender.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created).Points().ShouldBe(Price);

        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task Send_AfterTheLimitWasChanged_FollowsTheNewOne()
    {
        var (sender, conversationId) = await KnownAsync(points: 7);
        var admin = await _server.CreateAdminAsync();
        (await admin.PutAsync($"/api/admin/users/{sender.Id}/quota", new { dailyFreeLimit = 0, pointsPerMessage = 7 }))
            .Expect(HttpStatusCode.OK);

        (await sender.SendAsync(conversationId, "For seven")).Expect(HttpStatusCode.Created).Points().ShouldBe(7);
    }

    [Fact]
    public async Task Send_AfterTheConversationWentOnElsewhere_ComesNext()
    {
        var (sender, conversationId) = await KnownAsync(points: 0);
        await _server.FillAsync(conversationId, sender.Id, count: 5);

        (await sender.SendAsync(conversationId, "Seventh")).Expect(HttpStatusCode.Created).Data.Sequence().ShouldBe(7);
    }

    [Fact]
    public async Task Send_UnderAClientMessageIdStoredElsewhere_IsReplayed()
    {
        var (sender, conversationId) = await KnownAsync(points: 0);
        await using var other = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(), connectionString: _server.ConnectionString);
        var clientMessageId = Guid.CreateVersion7();
        var sent = (await other.As(sender).SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);

        var again = (await sender.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK);

        again.Data.Id().ShouldBe(sent.Data.Id());
        (await sender.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(2);
    }

    /// <summary>Only the unique index detects the repeated id; the failed write then rolls back its changes to the other rows.</summary>
    [Fact]
    public async Task Send_UnderAClientMessageIdThatOnlyTheIndexKnows_IsReplayed()
    {
        Assert.SkipWhen(EncryptedRun.IsOn, EncryptedRun.NeedsPlainTexts);
        var (sender, conversationId) = await KnownAsync(points: 0);
        var clientMessageId = Guid.CreateVersion7();
        await _server.ExecuteAsync(
            $"UPDATE messages SET client_message_id = '{clientMessageId}', content = 'Once' WHERE conversation_id = '{conversationId}' AND sequence = 1");

        (await sender.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK).Data.Sequence().ShouldBe(1);

        (await sender.SendAsync(conversationId, "Twice")).Expect(HttpStatusCode.Created).Data.Sequence().ShouldBe(2);
        (await sender.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Sends_FromTwoServersInTurn_AreNumberedAndPaidAsFromOne()
    {
        var (sender, conversationId) = await KnownAsync(points: 10 * Price);
        await using var other = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(), connectionString: _server.ConnectionString);
        var elsewhere = other.As(sender);

        var points = 0L;
        for (var number = 2; number <= Free + 10; number++)
        {
            var sent = (await (number % 2 == 0 ? elsewhere : sender).SendAsync(conversationId, $"Message {number}"))
                .Expect(HttpStatusCode.Created);
            sent.Data.Sequence().ShouldBe(number);
            points += sent.Points();
        }

        points.ShouldBe(10 * Price);
        (await sender.BalanceAsync()).ShouldBe(0);
        await _server.ShouldAddUpAsync();
    }

    /// <summary>Each change of the conversation gives the cached row another revision, so the send is decided again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_AfterEachChangeOfTheConversation_TakesTheNextNumbersAndTheCurrentDefault(bool isElsewhere)
    {
        var (sender, conversationId) = await KnownAsync(points: 0);
        await using var other = await fixture.StartAnotherAsync(new Dictionary<string, string?>(), connectionString: _server.ConnectionString);
        var user = isElsewhere ? other.As(sender) : sender;
        var id = (await sender.SendAsync(conversationId, "To change")).Expect(HttpStatusCode.Created).Data.Id();
        (Func<Task<Answer>> Change, long Revisions, int? Default)[] changes =
        [
            (() => user.EditAsync(id, "Edited", version: 0), 1, null),
            (() => user.ReactAsync(id, "👍"), 1, null),
            (() => user.SetExpirationAsync(conversationId, 5), 1, 5),
            (() => user.ExpireSoonerAsync(id, 1), 1, 5),
            (() => user.UnreactAsync(id), 1, 5),
            (() => user.SetExpirationAsync(conversationId, 7), 1, 7),
            (() => user.DeleteMessageAsync(id), 1, 7),
            (() => user.SetExpirationAsync(conversationId, null), 1, null),
            (() => user.PutAsync($"/api/conversations/{conversationId}/archive", new { throughSequence = 1 }), 0, null),
            (() => user.PutAsync($"/api/conversations/{conversationId}/pin"), 0, null),
            (() => user.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = 1 }), 0, null),
        ];

        var (sequence, revision) = (2L, 2L);
        foreach (var (change, revisions, hours) in changes)
        {
            (await change()).Expect(HttpStatusCode.OK);
            var sent = (await sender.SendAsync(conversationId, "Next")).Expect(HttpStatusCode.Created).Data;

            sent.Sequence().ShouldBe(++sequence);
            sent.GetProperty("revision").GetInt64().ShouldBe(revision += revisions + 1);
            var expiresAt = sent.GetProperty("expiresAt");
            var lifetime = expiresAt.ValueKind == JsonValueKind.Null ? default(TimeSpan?) : expiresAt.GetDateTimeOffset() - sent.Instant("createdAt");
            lifetime.ShouldBe(hours is null ? null : TimeSpan.FromHours(hours.Value));
        }

        await _server.ShouldAddUpAsync();
    }

    /// <summary>Creates a sender whose rows this server has cached, because it has just stored a message from that sender.</summary>
    private async Task<(TestUser Sender, Guid ConversationId)> KnownAsync(long points, int sent = 1)
    {
        var sender = await _server.CreateWithPointsAsync(UserRole.Investor, points);
        var conversationId = await sender.ConversationWithAsync(await _server.RegisterStartupAsync());
        for (var number = 1; number <= sent; number++)
            (await sender.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);

        return (sender, conversationId);
    }

    private async Task SpendElsewhereAsync(TestUser sender, Guid conversationId)
    {
        await using var other = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(), connectionString: _server.ConnectionString);
        (await other.As(sender).SendAsync(conversationId, "Paid elsewhere")).Expect(HttpStatusCode.Created).Points().ShouldBe(Price);
    }
}
