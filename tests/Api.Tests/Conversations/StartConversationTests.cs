using System.Net;
using CleanMessaging.Api.Tests.Accounts;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Conversations;

public sealed class StartConversationTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const long Price = 25;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task StartConversation_OfANewPair_IsCreatedAndThenFoundByBoth()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();

        var created = (await StartAsync(investor, startup.Id)).Expect(HttpStatusCode.Created);
        var foundByInvestor = (await StartAsync(investor, startup.Id)).Expect(HttpStatusCode.OK);
        var foundByStartup = (await StartAsync(startup, investor.Id)).Expect(HttpStatusCode.OK);

        created.Headers.Location!.ToString().ShouldBe($"/api/conversations/{created.Id()}");
        foundByInvestor.Text.ShouldBe(created.Text);
        foundByStartup.Text.ShouldBe(created.Text);
        created.Data.Members().ShouldBe(["id", "participants", "lastMessage", "unreadCount", "lastSequence", "revision", "createdAt", "defaultExpirationHours", "defaultExpirationSetBy", "personal"]);
        var participants = created.Data.GetProperty("participants").EnumerateArray().ToList();
        participants
            .Select(participant => participant.GetProperty("userId").GetGuid())
            .Order()
            .ShouldBe(new[] { investor.Id, startup.Id }.Order());
        participants.ShouldAllBe(
            participant =>
                participant.Members().SequenceEqual(new[] { "userId", "displayName", "role", "lastReadSequence", "isDeactivated", "avatarId" }));
    }

    [Fact]
    public async Task StartConversation_RacedFromBothSides_MakesOneRow()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(number =>
            number % 2 == 0 ? StartAsync(investor, startup.Id) : StartAsync(startup, investor.Id)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(49);
        answers.Select(answer => answer.Id()).Distinct().Count().ShouldBe(1);
        (await ConversationsOfAsync(_server, investor)).ShouldBe(1);
    }

    [Fact]
    public async Task StartConversation_WithOneself_IsRejected()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await StartAsync(investor, investor.Id)).ExpectError(HttpStatusCode.BadRequest, "conversation.with_self");
    }

    [Theory]
    [InlineData(UserRole.Investor)]
    [InlineData(UserRole.Startup)]
    public async Task StartConversation_WithinOneRole_IsRejected(UserRole role)
    {
        var one = await _server.RegisterAsync(role);
        var other = await _server.RegisterAsync(role);

        (await StartAsync(one, other.Id)).ExpectError(HttpStatusCode.Forbidden, "conversation.role_pair_not_allowed");
        (await ConversationsOfAsync(_server, one)).ShouldBe(0);
    }

    [Fact]
    public async Task StartConversation_WithOrByAnAdmin_IsRejected()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        (await StartAsync(investor, admin.Id)).ExpectError(HttpStatusCode.Forbidden, "conversation.role_pair_not_allowed");
        (await StartAsync(admin, investor.Id)).ExpectError(HttpStatusCode.Forbidden, "conversation.role_pair_not_allowed");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Price)]
    public async Task StartConversation_WithADeactivatedUser_IsRejectedAndCostsNothing(long? agreed)
    {
        await using var server = await StartPricedServerAsync();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await server.RegisterStartupAsync();
        var admin = await server.CreateAdminAsync();
        (await admin.DeactivateAsync(startup.Id)).Expect(HttpStatusCode.OK);

        (await StartAsync(investor, startup.Id, agreed)).ExpectError(HttpStatusCode.Conflict, "conversation.recipient_unavailable");

        (await ConversationsOfAsync(server, investor)).ShouldBe(0);
        (await investor.BalanceAsync()).ShouldBe(100);
        (await admin.ReactivateAsync(startup.Id)).Expect(HttpStatusCode.OK);
        (await StartAsync(investor, startup.Id, Price)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task StartConversation_OfAnExistingPairWithADeactivatedUser_FindsItAndSaysSo()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await (await _server.CreateAdminAsync()).DeactivateAsync(startup.Id)).Expect(HttpStatusCode.OK);

        var found = (await StartAsync(investor, startup.Id)).Expect(HttpStatusCode.OK);

        found.Id().ShouldBe(conversationId);
        found.Data
            .GetProperty("participants")
            .EnumerateArray()
            .Single(participant => participant.GetProperty("userId").GetGuid() == startup.Id)
            .GetProperty("isDeactivated").GetBoolean().ShouldBeTrue();
    }

    /// <summary>
    /// Tests that a conversation continues when its participants' roles change. Only an Investor and a Startup can start a new one.
    /// </summary>
    [Theory]
    [InlineData(UserRole.Startup)]
    [InlineData(UserRole.Admin)]
    public async Task StartConversation_OfAnExistingPairWhoseRoleHasChanged_FindsItAndItGoesOn(UserRole role)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await _server.ExecuteAsync($"UPDATE users SET role = '{role}' WHERE id = '{investor.Id}'")).ShouldBe(1);
        var changed = await _server.LogInAsync(investor.Email);

        (await StartAsync(changed, startup.Id)).Expect(HttpStatusCode.OK).Id().ShouldBe(conversationId);
        (await StartAsync(startup, investor.Id)).Expect(HttpStatusCode.OK).Id().ShouldBe(conversationId);
        (await changed.SendAsync(conversationId, "Still here")).Expect(HttpStatusCode.Created);
        (await startup.SendAsync(conversationId, "So am I")).Expect(HttpStatusCode.Created);
        (await changed.ReadPageAsync(conversationId)).ShouldBe(["Still here", "So am I"]);
        var other = await _server.RegisterStartupAsync();
        (await StartAsync(changed, other.Id)).ExpectError(HttpStatusCode.Forbidden, "conversation.role_pair_not_allowed");
    }

    [Fact]
    public async Task StartConversation_WithAnUnknownUser_IsNotFound()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await StartAsync(investor, Guid.CreateVersion7())).ExpectError(HttpStatusCode.NotFound, "user.not_found");
    }

    [Fact]
    public async Task StartConversation_WithNegativeCost_IsRejected()
    {
        var investor = await _server.RegisterInvestorAsync();
        var startup = await _server.RegisterStartupAsync();

        (await StartAsync(investor, startup.Id, -1)).FaultsOf("pointsCost").ShouldBe(["payment.invalid_points_cost"]);
    }

    [Fact]
    public async Task StartConversation_WhenItIsFree_ChargesNothingForAnyAgreedPrice()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await _server.RegisterStartupAsync();

        (await StartAsync(investor, startup.Id, 50)).Expect(HttpStatusCode.Created);

        (await investor.BalanceAsync()).ShouldBe(100);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(Price - 1)]
    public async Task StartConversation_DearerThanAgreed_IsRejectedWithoutEffect(long? agreed)
    {
        await using var server = await StartPricedServerAsync();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await server.RegisterStartupAsync();

        var rejection = await StartAsync(investor, startup.Id, agreed);

        rejection.ExpectError(HttpStatusCode.Conflict, "conversation.price_changed");
        rejection.Body.GetProperty("price").GetInt64().ShouldBe(Price);
        rejection.Body.GetProperty("pointsCost").GetInt64().ShouldBe(agreed ?? 0);
        (await ConversationsOfAsync(server, investor)).ShouldBe(0);
        (await investor.BalanceAsync()).ShouldBe(100);
    }

    [Theory]
    [InlineData(Price)]
    [InlineData(Price + 1)]
    public async Task StartConversation_AtOrBelowWhatWasAgreed_ChargesTheServersPrice(long agreed)
    {
        await using var server = await StartPricedServerAsync();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await server.RegisterStartupAsync();

        var created = (await StartAsync(investor, startup.Id, agreed)).Expect(HttpStatusCode.Created);

        (await investor.BalanceAsync()).ShouldBe(100 - Price);
        var line = (await investor.GetAsync("/api/wallet/transactions")).Data[0];
        line.GetProperty("type").GetString().ShouldBe("SPEND");
        line.GetProperty("amount").GetInt64().ShouldBe(-Price);
        line.GetProperty("conversationId").GetGuid().ShouldBe(created.Id());
        line.GetProperty("messageId").GetString().ShouldBeNull();
        await server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task StartConversation_OfAnExistingPair_IsNeverCharged()
    {
        await using var server = await StartPricedServerAsync();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await server.CreateWithPointsAsync(UserRole.Startup, 100);
        (await StartAsync(investor, startup.Id, Price)).Expect(HttpStatusCode.Created);

        (await StartAsync(investor, startup.Id)).Expect(HttpStatusCode.OK);
        (await StartAsync(investor, startup.Id, Price)).Expect(HttpStatusCode.OK);
        (await StartAsync(startup, investor.Id, Price)).Expect(HttpStatusCode.OK);

        (await investor.BalanceAsync()).ShouldBe(100 - Price);
        (await startup.BalanceAsync()).ShouldBe(100);
    }

    [Fact]
    public async Task StartConversation_RacedForAPrice_IsChargedOnce()
    {
        await using var server = await StartPricedServerAsync();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 1000);
        var startup = await server.CreateWithPointsAsync(UserRole.Startup, 1000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
            number % 2 == 0 ? StartAsync(investor, startup.Id, Price) : StartAsync(startup, investor.Id, Price)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(19);
        (await investor.BalanceAsync() + await startup.BalanceAsync()).ShouldBe(2000 - Price);
        await server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task StartConversation_WithoutThePoints_IsRejectedWithoutEffect()
    {
        await using var server = await StartPricedServerAsync();
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, Price - 1);
        var startup = await server.RegisterStartupAsync();

        var rejection = await StartAsync(investor, startup.Id, Price);

        rejection.ExpectError(HttpStatusCode.PaymentRequired, "wallet.insufficient_balance");
        rejection.Body.GetProperty("price").GetInt64().ShouldBe(Price);
        rejection.Body.GetProperty("balance").GetInt64().ShouldBe(Price - 1);
        (await ConversationsOfAsync(server, investor)).ShouldBe(0);
        (await investor.BalanceAsync()).ShouldBe(Price - 1);
    }

    private static Task<Answer> StartAsync(TestUser user, Guid receiverId, long? pointsCost = null) =>
        user.PostAsync("/api/conversations/create", pointsCost is null ? new { receiverId } : new { receiverId, pointsCost });

    private static Task<long> ConversationsOfAsync(ApiServer server, TestUser user) =>
        server.QueryAsync<long>($"SELECT count(*) FROM conversations WHERE '{user.Id}' IN (pair_low, pair_high)");

    private Task<ApiServer> StartPricedServerAsync() =>
        ApiServer.StartAsync(postgres, new Dictionary<string, string?> { ["Conversations:Price"] = $"{Price}" });
}
