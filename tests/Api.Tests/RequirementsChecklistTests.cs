using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests;

/// <summary>Tests every item of the requirements' testing checklist.</summary>
public sealed class RequirementsChecklistTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Quota_TwentyMessages_AreAllFree()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await SendAsync(investor, conversationId, 20)).ShouldAllBe(answer => answer.Charge() == 0);
    }

    [Fact]
    public async Task Quota_TheTwentyFirstMessage_DeductsTenPoints()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 15);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await SendAsync(investor, conversationId, 20);
        (await investor.BalanceAsync()).ShouldBe(15);

        (await investor.SendAsync(conversationId, "The 21st")).Expect(HttpStatusCode.Created).Charge().ShouldBe(10);

        (await investor.BalanceAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task Quota_SendingWithoutPoints_FailsWithAnError()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SendAsync(investor, conversationId, 20);

        (await investor.SendAsync(conversationId, "The 21st")).ExpectError(HttpStatusCode.PaymentRequired, "wallet.insufficient_balance");

        (await startup.ReadPageAsync(conversationId)).ShouldNotContain("The 21st");
    }

    [Fact]
    public async Task Quota_AtMidnight_Resets()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        server.Clock.FreezeAt(new DateTimeOffset(2030, 1, 1, 23, 59, 0, TimeSpan.Zero));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await SendAsync(investor, conversationId, 20);
        (await investor.SendAsync(conversationId, "Before")).Expect(HttpStatusCode.PaymentRequired);

        server.Clock.Shift(TimeSpan.FromMinutes(1));

        (await investor.SendAsync(conversationId, "After")).Expect(HttpStatusCode.Created).Charge().ShouldBe(0);
        (await investor.QuotaAsync()).GetProperty("remainingFree").GetInt32().ShouldBe(19);
    }

    [Fact]
    public async Task DisappearingMessages_WithOneHourExpiration_AreAccepted()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        var sent = (await investor.SendExpiringAsync(conversationId, "For an hour", 1)).Expect(HttpStatusCode.Created);

        (sent.Data.Instant("expiresAt") - sent.Data.Instant("createdAt")).ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task DisappearingMessages_Immediately_AreVisible()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "For an hour", 1)).Expect(HttpStatusCode.Created);

        (await investor.ReadPageAsync(conversationId)).ShouldBe(["For an hour"]);
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["For an hour"]);
    }

    [Fact]
    public async Task DisappearingMessages_AfterAnHourAndALogIn_HaveDisappeared()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "For an hour", 1)).Expect(HttpStatusCode.Created);

        server.Clock.Shift(TimeSpan.FromHours(1));

        (await (await server.LogInAsync(startup.Email)).ReadPageAsync(conversationId)).ShouldBeEmpty();
        (await (await server.LogInAsync(investor.Email)).ReadPageAsync(conversationId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task DisappearingMessages_Fetching_ExcludesTheExpired()
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Jwt:AccessTokenLifetime"] = "01:00:00" });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "For an hour", 1)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "For ever")).Expect(HttpStatusCode.Created);
        server.Clock.Shift(TimeSpan.FromMinutes(30));
        var refreshed = server.SignedIn(
            (await server.PostAsync("/api/auth/refresh", new { refreshToken = startup.RefreshToken })).Expect(HttpStatusCode.OK));

        server.Clock.Shift(TimeSpan.FromMinutes(31));

        (await refreshed.ReadPageAsync(conversationId)).ShouldBe(["For ever"]);
        (await server.QueryAsync<bool>("SELECT bool_or(is_expired) FROM messages")).ShouldBeFalse("no log-in has flagged anything");
    }

    [Fact]
    public async Task RealTimeDelivery_TwoUsers_AreConnectedAtOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();

        await using var one = await investor.ConnectAsync();
        await using var other = await startup.ConnectAsync();

        (await one.JoinAsync(conversationId)).GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
        (await other.JoinAsync(conversationId)).GetProperty("conversationId").GetGuid().ShouldBe(conversationId);
    }

    [Fact]
    public async Task RealTimeDelivery_AMessageFromUserA_IsSent()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await using var connection = await investor.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var sent = (await investor.SendAsync(conversationId, "From A")).Expect(HttpStatusCode.Created);

        (await connection.NextAsync("NewMessage")).GetProperty("message").GetRawText().ShouldBe(sent.Data.GetRawText());
    }

    [Fact]
    public async Task RealTimeDelivery_ForUserB_IsInstant()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var sent = (await investor.SendAsync(conversationId, "For B")).Expect(HttpStatusCode.Created);

        (await connection.NextAsync("NewMessage")).GetProperty("message").GetRawText().ShouldBe(sent.Data.GetRawText());
    }

    [Fact]
    public async Task RealTimeDelivery_AfterADisconnect_ReconnectsAndGoesOn()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using (var first = await startup.ConnectAsync())
            await first.JoinAsync(conversationId);

        (await investor.SendAsync(conversationId, "Missed")).Expect(HttpStatusCode.Created);
        await using var second = await startup.ConnectAsync();
        await second.JoinAsync(conversationId);
        (await investor.SendAsync(conversationId, "Live again")).Expect(HttpStatusCode.Created);

        (await second.NextAsync("NewMessage")).GetProperty("message").Content().ShouldBe("Live again");
        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Missed", "Live again"]);
    }

    [Fact]
    public async Task Authorization_SendingToAForeignConversation_IsRejected()
    {
        var (_, _, conversationId) = await _server.RegisterPairAsync();
        var nonParticipant = await _server.RegisterInvestorAsync();

        (await nonParticipant.SendAsync(conversationId, "Let me in")).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
    }

    [Fact]
    public async Task Authorization_FetchingFromAForeignConversation_IsRejected()
    {
        var (_, _, conversationId) = await _server.RegisterPairAsync();
        var nonParticipant = await _server.RegisterStartupAsync();

        (await nonParticipant.GetAsync($"/api/messages?conversationId={conversationId}"))
            .ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMTlhYjBkZS0xMTExLTcwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ.")]
    public async Task Authorization_AWebSocketWithoutAValidToken_IsRejected(string token)
    {
        var investor = await _server.RegisterInvestorAsync();
        var intruder = new TestUser(_server.CreateClient(), investor.Id, investor.Email, investor.DisplayName, investor.Role, token, "");
        await using var connection = intruder.BuildConnection();

        await Should.ThrowAsync<Exception>(connection.StartAsync(TestContext.Current.CancellationToken));

        connection.State.ShouldBe(HubConnectionState.Disconnected);
        await using var good = await investor.ConnectAsync();
        good.Hub.State.ShouldBe(HubConnectionState.Connected);
    }

    private static async Task<IReadOnlyList<Answer>> SendAsync(TestUser sender, Guid conversationId, int count)
    {
        var answers = new List<Answer>();
        foreach (var number in Enumerable.Range(1, count))
            answers.Add((await sender.SendAsync(conversationId, $"{number}")).Expect(HttpStatusCode.Created));

        return answers;
    }
}
