using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Api;

public sealed class AdministrationClientTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Credit_OnceAndAgainUnderTheSameKey_AddsOneLine()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());
        using var client = await Device.SignInAsync(_server.Address, investor);

        var credited = await admin.Administration.CreditAsync(investor.Id, 250, "Welcome", "credit-1", Cancellation);
        var again = await admin.Administration.CreditAsync(investor.Id, 250, "Welcome", "credit-1", Cancellation);

        credited.ShouldBe(new WalletTransaction(credited.Id, WalletTransactionType.TopUp, 250, 250, null, null, null, "Welcome", credited.CreatedAt));
        again.ShouldBe(credited);
        (await client.Wallet.GetBalanceAsync(Cancellation)).ShouldBe(250);
        (await client.Wallet.GetStatementAsync(cancellationToken: Cancellation)).Items.ShouldHaveSingleItem().ShouldBe(credited);
        (await RefusalOfAsync(() => admin.Administration.CreditAsync(investor.Id, 251, "Welcome", "credit-1", Cancellation))).Code.ShouldBe("wallet.idempotency_key_reused");
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.CreditAsync(Given.ConversationId, 1, "Welcome", "credit-2", Cancellation))).Code.ShouldBe("wallet.not_found");
        (await Should.ThrowAsync<InvalidRequestException>(() => admin.Administration.CreditAsync(investor.Id, 0, "", "credit-3", Cancellation))).Errors.Keys.ShouldBe(["amount", "reason"], ignoreOrder: true);
    }

    [Fact]
    public async Task Statement_PageByPage_HasEveryKindOfLine()
    {
        var investor = await _server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 20);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());
        using var client = await Device.SignInAsync(_server.Address, investor);
        var sent = await client.Messages.SendAsync(conversationId, "Paid", cancellationToken: Cancellation);
        var credited = await admin.Administration.CreditAsync(investor.Id, 5, "Welcome", "statement-1", Cancellation);

        var reversed = await admin.Administration.ReverseAsync(credited.Id, "A mistake", Cancellation);

        reversed.Amount.ShouldBe(-5);
        reversed.ReversesId.ShouldBe(credited.Id);
        var first = await client.Wallet.GetStatementAsync(limit: 2, cancellationToken: Cancellation);
        var second = await client.Wallet.GetStatementAsync(first.NextCursor, limit: 2, Cancellation);
        first.Items.Concat(second.Items).Select(line => (line.Type, line.Amount)).ShouldBe(
            [(WalletTransactionType.Reversal, -5), (WalletTransactionType.TopUp, 5), (WalletTransactionType.Spend, -10), (WalletTransactionType.Grant, 20)]);
        second.Items[0].MessageId.ShouldBe(sent.Message.Id);
        (await RefusalOfAsync(() => admin.Administration.ReverseAsync(credited.Id, "Again", Cancellation))).Code.ShouldBe("wallet.already_reversed");
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.ReverseAsync(Given.IdOf(1), "Nothing", Cancellation))).Code.ShouldBe("wallet.transaction_not_found");
    }

    [Fact]
    public async Task Reverse_OfPointsSpentMeanwhile_TellsWhatIsMissing()
    {
        var investor = await _server.RegisterInvestorAsync();
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());
        var credited = await admin.Administration.CreditAsync(investor.Id, 15, "Welcome", "reverse-1", Cancellation);
        (await investor.SendAsync(conversationId, "Paid")).Expect(System.Net.HttpStatusCode.Created);

        var refusal = await Should.ThrowAsync<ReversalExceedsBalanceException>(() => admin.Administration.ReverseAsync(credited.Id, "A mistake", Cancellation));

        refusal.Amount.ShouldBe(15);
        refusal.Balance.ShouldBe(5);
    }

    [Fact]
    public async Task SetQuota_OfAUser_HoldsUntilItIsTakenBack()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());

        (await admin.Administration.SetQuotaAsync(investor.Id, 3, 7, Cancellation)).ShouldSatisfyAllConditions(
            quota => quota.DailyFreeLimit.ShouldBe(3), quota => quota.PointsPerMessage.ShouldBe(7));
        (await admin.Administration.SetQuotaAsync(investor.Id, null, null, Cancellation)).ShouldSatisfyAllConditions(
            quota => quota.DailyFreeLimit.ShouldBe(20), quota => quota.PointsPerMessage.ShouldBe(10));
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.SetQuotaAsync(Given.ConversationId, 1, 1, Cancellation))).Code.ShouldBe("user.not_found");
        await Should.ThrowAsync<InvalidRequestException>(() => admin.Administration.SetQuotaAsync(investor.Id, -1, null, Cancellation));
    }

    [Fact]
    public async Task Verify_OfTheLedger_IsConsistent()
    {
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());

        var verification = await admin.Administration.VerifyAsync(Cancellation);

        verification.Consistent.ShouldBeTrue();
        verification.Differences.ShouldBeEmpty();
        verification.Wallets.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Verify_OfALedgerThatDoesNotAddUp_TellsWhatDiffers()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var investor = await server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 20);
        using var admin = await Device.SignInAsync(server.Address, await server.CreateAdminAsync());
        await server.ExecuteAsync($"UPDATE wallets SET balance = 21 WHERE user_id = '{investor.Id}'");

        var verification = await admin.Administration.VerifyAsync(Cancellation);

        verification.Consistent.ShouldBeFalse();
        verification.Differences.ShouldHaveSingleItem().ShouldBe(new LedgerDifference("balance", investor.Id, 20, 21));
    }

    [Fact]
    public async Task Deactivate_AndReactivate_ShutsOutAndLetsInAgain()
    {
        var investor = await _server.RegisterInvestorAsync();
        var me = await _server.CreateAdminAsync();
        using var admin = await Device.SignInAsync(_server.Address, me);
        using var client = await Device.SignInAsync(_server.Address, investor);

        var deactivated = await admin.Administration.DeactivateAsync(investor.Id, Cancellation);

        deactivated.Email.ShouldBe(investor.Email);
        deactivated.DeactivatedAt.ShouldNotBeNull();
        await Should.ThrowAsync<SignedOutException>(() => client.Messages.GetQuotaAsync(Cancellation));
        (await admin.Administration.ReactivateAsync(investor.Id, Cancellation)).DeactivatedAt.ShouldBeNull();
        await client.Accounts.LogInAsync(investor.Email, ApiServer.Password, Cancellation);
        (await RefusalOfAsync(() => admin.Administration.DeactivateAsync(me.Id, Cancellation))).Code.ShouldBe("user.deactivating_self");
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.ReactivateAsync(Given.ConversationId, Cancellation))).Code.ShouldBe("user.not_found");
    }

    [Fact]
    public async Task AnyCall_ByAnybodyElse_IsForbidden()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = await Device.SignInAsync(_server.Address, investor);

        (await RefusalOfAsync(() => client.Administration.CreditAsync(investor.Id, 1, "For me", "key", Cancellation))).Code.ShouldBe("auth.forbidden");
        (await RefusalOfAsync(() => client.Administration.ReverseAsync(Given.IdOf(1), "For me", Cancellation))).Code.ShouldBe("auth.forbidden");
        (await RefusalOfAsync(() => client.Administration.VerifyAsync(Cancellation))).Code.ShouldBe("auth.forbidden");
        (await RefusalOfAsync(() => client.Administration.SetQuotaAsync(investor.Id, 1_000, 0, Cancellation))).Code.ShouldBe("auth.forbidden");
        (await RefusalOfAsync(() => client.Administration.DeactivateAsync(investor.Id, Cancellation))).Code.ShouldBe("auth.forbidden");
        (await RefusalOfAsync(() => client.Administration.ReactivateAsync(investor.Id, Cancellation))).Code.ShouldBe("auth.forbidden");
    }

    private static Task<MessagingException> RefusalOfAsync(Func<Task> call) => Should.ThrowAsync<MessagingException>(call);
}
