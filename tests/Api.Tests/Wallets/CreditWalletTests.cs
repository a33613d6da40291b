using System.Net;
using CleanMessaging.Tests.Support;
using static CleanMessaging.Api.Tests.Wallets.WalletSteps;

namespace CleanMessaging.Api.Tests.Wallets;

public sealed class CreditWalletTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task CreditWallet_RepeatedUnderItsKey_AnswersWithTheFirstAndAddsNothing()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        var key = NewKey();

        var first = (await admin.CreditAsync(investor.Id, 50, key)).Expect(HttpStatusCode.Created);
        var replay = (await admin.CreditAsync(investor.Id, 50, key)).Expect(HttpStatusCode.OK);

        first.Data.Members()
            .ShouldBe(["id", "type", "amount", "balanceAfter", "messageId", "conversationId", "reversesId", "reason", "createdAt"]);
        first.Data.GetProperty("type").GetString().ShouldBe("TOPUP");
        first.Data.GetProperty("amount").GetInt64().ShouldBe(50);
        first.Data.GetProperty("balanceAfter").GetInt64().ShouldBe(50);
        first.Header("Idempotency-Replayed").ShouldBeNull();
        replay.Text.ShouldBe(first.Text);
        replay.Header("Idempotency-Replayed").ShouldBe("true");
        (await investor.BalanceAsync()).ShouldBe(50);
        (await investor.GetAsync("/api/wallet/transactions")).Data[0].GetRawText().ShouldBe(first.Data.GetRawText());
    }

    [Fact]
    public async Task CreditWallet_WithAUsedKeyAndAnotherRequest_IsRejected()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        var other = await _server.RegisterInvestorAsync();
        var key = NewKey();
        (await admin.CreditAsync(investor.Id, 50, key)).Expect(HttpStatusCode.Created);

        (await admin.CreditAsync(investor.Id, 51, key)).ExpectError(HttpStatusCode.UnprocessableEntity, "wallet.idempotency_key_reused");
        (await admin.CreditAsync(investor.Id, 50, key, "Another reason"))
            .ExpectError(HttpStatusCode.UnprocessableEntity, "wallet.idempotency_key_reused");
        (await admin.CreditAsync(other.Id, 50, key)).ExpectError(HttpStatusCode.UnprocessableEntity, "wallet.idempotency_key_reused");

        (await investor.BalanceAsync()).ShouldBe(50);
        (await other.BalanceAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task CreditWallet_RacedUnderOneKey_AddsOneLine()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();
        var key = NewKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => admin.CreditAsync(investor.Id, 50, key)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(19);
        answers.Select(answer => answer.Text).Distinct().Count().ShouldBe(1);
        (await investor.BalanceAsync()).ShouldBe(50);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM wallet_transactions WHERE idempotency_key = '{key}'")).ShouldBe(1);
    }

    [Fact]
    public async Task CreditWallet_RacedUnderOneKeyForTwoWallets_CreditsOne()
    {
        var admin = await _server.CreateAdminAsync();
        var one = await _server.RegisterInvestorAsync();
        var other = await _server.RegisterInvestorAsync();
        var key = NewKey();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(number => admin.CreditAsync(number % 2 == 0 ? one.Id : other.Id, 50, key)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(4);
        answers.Count(answer => answer.Status == HttpStatusCode.UnprocessableEntity).ShouldBe(5);
        (await one.BalanceAsync() + await other.BalanceAsync()).ShouldBe(50);
    }

    [Fact]
    public async Task CreditWallet_WithAKey_EnforcesItsLimits()
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        foreach (var bad in new[] { null, "", "two words", new string('k', 201) })
            (await admin.CreditAsync(investor.Id, 1, bad)).FaultsOf("idempotencyKey").ShouldBe(["wallet.invalid_idempotency_key"]);

        (await admin.CreditAsync(investor.Id, 1, "k")).Expect(HttpStatusCode.Created);
        (await admin.CreditAsync(investor.Id, 1, new string('k', 200))).Expect(HttpStatusCode.Created);
        (await investor.BalanceAsync()).ShouldBe(2);
    }

    [Theory]
    [InlineData(0L, false)]
    [InlineData(-1L, false)]
    [InlineData(1L, true)]
    [InlineData(1_000_000_000_000L, true)]
    [InlineData(1_000_000_000_001L, false)]
    [InlineData(long.MaxValue, false)]
    public async Task CreditWallet_WithAnAmount_EnforcesTheLimits(long amount, bool accepted)
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        var answer = await admin.CreditAsync(investor.Id, amount, NewKey());

        if (accepted)
            answer.Expect(HttpStatusCode.Created);
        else
            answer.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("amount").ShouldBe(["wallet.invalid_amount"]);

        (await investor.BalanceAsync()).ShouldBe(accepted ? amount : 0);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(500, true)]
    [InlineData(501, false)]
    public async Task CreditWallet_WithAReasonOfALength_EnforcesTheLimits(int length, bool accepted)
    {
        var admin = await _server.CreateAdminAsync();
        var investor = await _server.RegisterInvestorAsync();

        var answer = await admin.CreditAsync(investor.Id, 1, NewKey(), new string('r', length));

        if (accepted)
            answer.Expect(HttpStatusCode.Created);
        else
            answer.FaultsOf("reason").ShouldBe(["wallet.invalid_reason"]);
    }

    [Fact]
    public async Task CreditWallet_OfAnUnknownUser_IsNotFound() =>
        (await (await _server.CreateAdminAsync()).CreditAsync(Guid.CreateVersion7(), 1, NewKey()))
            .ExpectError(HttpStatusCode.NotFound, "wallet.not_found");

    [Fact]
    public async Task CreditWallet_ByAUser_IsForbiddenAsIsAllThatAnAdminDoes()
    {
        var investor = await _server.RegisterInvestorAsync();

        var answers = new[]
        {
            await investor.CreditAsync(investor.Id, 100, NewKey()),
            await investor.ReverseAsync(Guid.CreateVersion7()),
            await investor.GetAsync("/api/admin/wallets/verify"),
        };

        foreach (var answer in answers)
            answer.ExpectError(HttpStatusCode.Forbidden, "auth.forbidden");

        (await investor.BalanceAsync()).ShouldBe(0);
        (await _server.PostAsync($"/api/admin/wallets/{investor.Id}/credit", new { amount = 1, reason = "r" }))
            .ExpectError(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }
}
