using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Quotas;

public sealed class SetUserQuotaTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SetUserQuota_OfAUser_AppliesFromTheNextMessageOnAndToThemOnly()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await _server.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);

        var answer = (await SetAsync(admin, investor.Id, 2, 7)).Expect(HttpStatusCode.OK);

        answer.Data.GetProperty("dailyFreeLimit").GetInt32().ShouldBe(2);
        answer.Data.GetRawText().ShouldBe((await investor.QuotaAsync()).GetRawText());
        var charges = new List<long>();
        foreach (var number in Enumerable.Range(1, 4))
            charges.Add((await investor.SendAsync(conversationId, $"{number}")).Expect(HttpStatusCode.Created).Charge());

        charges.ShouldBe([0, 0, 7, 7]);
        (await investor.BalanceAsync()).ShouldBe(86);
        (await startup.QuotaAsync()).GetProperty("dailyFreeLimit").GetInt32().ShouldBe(20);
    }

    [Fact]
    public async Task SetUserQuota_ToNull_ReturnsToTheGeneralLimits()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        (await SetAsync(admin, investor.Id, 0, 1000)).Expect(HttpStatusCode.OK);
        (await investor.SendAsync(conversationId, "Dear"))
            .Expect(HttpStatusCode.PaymentRequired).Body.GetProperty("price")
            .GetInt64()
            .ShouldBe(1000);

        (await SetAsync(admin, investor.Id, null, null)).Expect(HttpStatusCode.OK);

        (await investor.SendAsync(conversationId, "Free")).Expect(HttpStatusCode.Created).Charge().ShouldBe(0);
        var quota = await investor.QuotaAsync();
        quota.GetProperty("dailyFreeLimit").GetInt32().ShouldBe(20);
        quota.GetProperty("pointsPerMessage").GetInt64().ShouldBe(10);
    }

    [Fact]
    public async Task SetUserQuota_BelowWhatWasSent_LeavesNothingFree()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        foreach (var number in Enumerable.Range(1, 3))
            (await investor.SendAsync(conversationId, $"{number}")).Expect(HttpStatusCode.Created);

        (await SetAsync(admin, investor.Id, 1, null)).Expect(HttpStatusCode.OK).Data.GetProperty("remainingFree").GetInt32().ShouldBe(0);

        (await investor.SendAsync(conversationId, "4")).ExpectError(HttpStatusCode.PaymentRequired, "wallet.insufficient_balance");
    }

    [Fact]
    public async Task SetUserQuota_AtNoPrice_IsFreeBeyondTheLimit()
    {
        var admin = await _server.CreateAdminAsync();
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        (await SetAsync(admin, investor.Id, 0, 0))
            .Expect(HttpStatusCode.OK).Data.GetProperty("requiresPoints")
            .GetBoolean()
            .ShouldBeFalse();

        (await investor.SendAsync(conversationId, "Free")).Expect(HttpStatusCode.Created).Charge().ShouldBe(0);

        (await _server.QueryAsync<long>($"SELECT count(*) FROM wallet_transactions WHERE user_id = '{investor.Id}'")).ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 0L, true)]
    [InlineData(1_000_000, 1_000_000L, true)]
    [InlineData(-1, 0L, false)]
    [InlineData(1_000_001, 0L, false)]
    [InlineData(0, -1L, false)]
    [InlineData(0, 1_000_001L, false)]
    public async Task SetUserQuota_ToANumber_EnforcesTheLimits(int dailyFreeLimit, long pointsPerMessage, bool accepted)
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        var answer = await SetAsync(admin, investor.Id, dailyFreeLimit, pointsPerMessage);

        var member = pointsPerMessage == 0 ? "dailyFreeLimit" : "pointsPerMessage";
        if (accepted)
            answer.Expect(HttpStatusCode.OK);
        else
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(member).ShouldBe(["quota.out_of_range"]);
    }

    [Fact]
    public async Task SetUserQuota_WithOneLimitLeftOut_LeavesItAsItIs()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        (await SetAsync(admin, investor.Id, 3, 7)).Expect(HttpStatusCode.OK);

        await ChangeAsync(new { dailyFreeLimit = 4 }, 4, 7);
        await ChangeAsync(new { pointsPerMessage = 8 }, 4, 8);
        await ChangeAsync(new { dailyFreeLimit = (int?)null }, 20, 8);
        await ChangeAsync(new { pointsPerMessage = (long?)null }, 20, 10);
        await ChangeAsync(new { dailyFreeLimit = 5, pointsPerMessage = 9 }, 5, 9);
        await ChangeAsync(new { }, 5, 9);

        async Task ChangeAsync(object body, int dailyFreeLimit, long pointsPerMessage)
        {
            var quota = (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", body)).Expect(HttpStatusCode.OK).Data;
            quota.GetProperty("dailyFreeLimit").GetInt32().ShouldBe(dailyFreeLimit);
            quota.GetProperty("pointsPerMessage").GetInt64().ShouldBe(pointsPerMessage);
        }
    }

    [Fact]
    public async Task SetUserQuota_OneLimitEachInParallel_KeepsBoth()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        for (var round = 1; round <= 10; round++)
        {
            await Task.WhenAll(
                admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { dailyFreeLimit = round }),
                admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new { pointsPerMessage = round }));

            var quota = await investor.QuotaAsync();
            quota.GetProperty("dailyFreeLimit").GetInt32().ShouldBe(round);
            quota.GetProperty("pointsPerMessage").GetInt64().ShouldBe(round);
        }
    }

    [Theory]
    [InlineData("settings")]
    [InlineData("setsDailyFreeLimit")]
    [InlineData("SetsPointsPerMessage")]
    public async Task SetUserQuota_WithAMemberThatItDoesNotHave_IsRejected(string member)
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        (await admin.PutAsync($"/api/admin/users/{investor.Id}/quota", new Dictionary<string, bool> { [member] = true }))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(member).ShouldBe(["malformed"]);
    }

    [Fact]
    public async Task SetUserQuota_OfAnUnknownUser_IsNotFound() =>
        (await SetAsync(await _server.CreateAdminAsync(), Guid.CreateVersion7(), 1, 1))
            .ExpectError(HttpStatusCode.NotFound, "user.not_found");

    [Fact]
    public async Task SetUserQuota_ByAUser_IsForbidden()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await SetAsync(investor, investor.Id, 1000, 0)).ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");

        (await investor.QuotaAsync()).GetProperty("dailyFreeLimit").GetInt32().ShouldBe(20);
    }

    private static Task<Answer> SetAsync(TestUser admin, Guid userId, int? dailyFreeLimit, long? pointsPerMessage) =>
        admin.PutAsync($"/api/admin/users/{userId}/quota", new { dailyFreeLimit, pointsPerMessage });
}
