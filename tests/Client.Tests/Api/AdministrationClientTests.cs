using System.Net;
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

        credited.ShouldBe(
            new WalletTransaction(credited.Id, WalletTransactionType.TopUp, 250, 250, null, null, null, "Welcome", credited.CreatedAt));
        again.ShouldBe(credited);
        (await client.Wallet.GetBalanceAsync(Cancellation)).ShouldBe(250);
        (await client.Wallet.GetStatementAsync(cancellationToken: Cancellation)).Items.ShouldHaveSingleItem().ShouldBe(credited);
        (await ErrorOfAsync(() => admin.Administration.CreditAsync(investor.Id, 251, "Welcome", "credit-1", Cancellation))).Code.ShouldBe("wallet.idempotency_key_reused");
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.CreditAsync(Given.ConversationId, 1, "Welcome", "credit-2", Cancellation))).Code.ShouldBe("wallet.not_found");
        (await Should.ThrowAsync<InvalidRequestException>(() => admin.Administration.CreditAsync(investor.Id, 0, "", "credit-3", Cancellation)))
            .Errors.Keys.ShouldBe(["amount", "reason"], ignoreOrder: true);
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
        (await ErrorOfAsync(() => admin.Administration.ReverseAsync(credited.Id, "Again", Cancellation))).Code.ShouldBe("wallet.already_reversed");
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.ReverseAsync(Given.IdOf(1), "Nothing", Cancellation))).Code.ShouldBe("wallet.transaction_not_found");
    }

    [Fact]
    public async Task Reverse_OfPointsSpentInTheMeantime_ReturnsWhatIsMissing()
    {
        var investor = await _server.RegisterInvestorAsync();
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());
        var credited = await admin.Administration.CreditAsync(investor.Id, 15, "Welcome", "reverse-1", Cancellation);
        (await investor.SendAsync(conversationId, "Paid")).Expect(System.Net.HttpStatusCode.Created);

        var rejection = await Should.ThrowAsync<ReversalExceedsBalanceException>(
            () => admin.Administration.ReverseAsync(credited.Id, "A mistake", Cancellation));

        rejection.Amount.ShouldBe(15);
        rejection.Balance.ShouldBe(5);
    }

    [Fact]
    public async Task SetQuota_OfAUser_LastsUntilItIsTakenBack()
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
    public async Task SetOneLimit_OfAUser_LeavesTheOtherAsItIs()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());
        await admin.Administration.SetQuotaAsync(investor.Id, 3, 7, Cancellation);

        (await admin.Administration.SetDailyFreeLimitAsync(investor.Id, 4, Cancellation)).PointsPerMessage.ShouldBe(7);
        (await admin.Administration.SetPointsPerMessageAsync(investor.Id, null, Cancellation)).DailyFreeLimit.ShouldBe(4);

        var details = await admin.Administration.GetUserAsync(investor.Id, Cancellation);
        details.User.ShouldBe(new FoundUser(investor.Id, investor.DisplayName, UserRole.Investor, investor.Email));
        details.Limits.ShouldBe(new UserLimits(new LimitInForce(4, LimitSource.Own, 20), new LimitInForce(10, LimitSource.General, 10)));
        details.Quota.DailyFreeLimit.ShouldBe(4);
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.GetUserAsync(Given.ConversationId, Cancellation))).Code.ShouldBe("user.not_found");
    }

    [Fact]
    public async Task GetStatement_OfAUser_SaysWhatCanBeReversed()
    {
        var investor = await _server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 20);
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());
        var credited = await admin.Administration.CreditAsync(investor.Id, 5, "Welcome", "user-statement-1", Cancellation);
        var reversed = await admin.Administration.ReverseAsync(credited.Id, "A mistake", Cancellation);

        var first = await admin.Administration.GetStatementAsync(investor.Id, limit: 2, cancellationToken: Cancellation);
        var second = await admin.Administration.GetStatementAsync(investor.Id, first.NextCursor, 2, Cancellation);

        var lines = first.Items.Concat(second.Items).ToList();
        lines.Select(line => (line.Type, line.Amount, line.ReversedById, line.IsReversible)).ShouldBe(
        [
            (WalletTransactionType.Reversal, -5, null, false),
            (WalletTransactionType.TopUp, 5, reversed.Id, false),
            (WalletTransactionType.Grant, 20, null, true),
        ]);
        second.NextCursor.ShouldBeNull();
    }

    [Fact]
    public async Task Verify_OfTheLedger_IsConsistent()
    {
        using var admin = await Device.SignInAsync(_server.Address, await _server.CreateAdminAsync());

        var verification = await admin.Administration.VerifyAsync(Cancellation);

        verification.Consistent.ShouldBe(true);
        verification.Differences.ShouldBeEmpty();
        verification.Wallets.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Verify_OfALedgerThatDoesNotAddUp_ReturnsWhatDiffers()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        var investor = await server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 20);
        using var admin = await Device.SignInAsync(server.Address, await server.CreateAdminAsync());
        await server.ExecuteAsync($"UPDATE wallets SET balance = 21 WHERE user_id = '{investor.Id}'");

        var verification = await admin.Administration.VerifyAsync(Cancellation);

        verification.Consistent.ShouldBe(false);
        verification.Differences.ShouldHaveSingleItem().ShouldBe(new LedgerDifference("balance", investor.Id, 20, 21));
    }

    [Fact]
    public async Task Verify_OfALedgerOfManySteps_WalksToTheEndAndReportsEachStep()
    {
        using var server = ScriptedLedger(failures: 0);
        using var client = await SignInAsync(server);
        var progress = new Progress();

        var verification = await client.Administration.VerifyAsync(progress, Cancellation);

        verification.ShouldSatisfyAllConditions(
            whole => whole.Consistent.ShouldBe(false),
            whole => whole.Transactions.ShouldBe(30),
            whole => whole.Differences.Select(difference => difference.Actual).ShouldBe([2, 3]));
        progress.Reports.Select(report => (report.Consistent, report.Transactions, report.Differences.Count)).ShouldBe(
            [(null, 10, 0), (false, 20, 1), (false, 30, 2)]);
        server.Requests.Select(request => request.Line).ShouldBe(
            ["GET /api/admin/wallets/verify", "GET /api/admin/wallets/verify?cursor=1", "GET /api/admin/wallets/verify?cursor=2"]);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task Verify_WhenTheServerHasNoTimeForAStep_TriesItFiveTimes(int failures, bool isVerified)
    {
        using var server = ScriptedLedger(failures);
        using var client = await SignInAsync(server);

        var verifying = client.Administration.VerifyAsync(Cancellation);

        if (isVerified)
            (await verifying).Transactions.ShouldBe(30);
        else
            (await Should.ThrowAsync<ServerUnavailableException>(verifying)).Code.ShouldBe("server.busy");
        server.Requests.Count.ShouldBe(isVerified ? 3 + failures : 1 + 5);
    }

    [Fact]
    public async Task Verify_Canceled_AsksForNoFurtherStep()
    {
        using var canceled = new CancellationTokenSource();
        using var server = ScriptedLedger(failures: 0);
        using var client = await SignInAsync(server);
        var progress = new Progress { OnReport = canceled.Cancel };

        await Should.ThrowAsync<OperationCanceledException>(client.Administration.VerifyAsync(progress, canceled.Token));

        progress.Reports.ShouldHaveSingleItem();
        server.Requests.ShouldHaveSingleItem();
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
        (await ErrorOfAsync(() => admin.Administration.DeactivateAsync(me.Id, Cancellation))).Code.ShouldBe("user.deactivating_self");
        (await Should.ThrowAsync<NotFoundException>(() => admin.Administration.ReactivateAsync(Given.ConversationId, Cancellation))).Code.ShouldBe("user.not_found");
    }

    [Fact]
    public async Task AnyCall_ByAnybodyElse_IsForbidden()
    {
        var investor = await _server.RegisterInvestorAsync();
        using var client = await Device.SignInAsync(_server.Address, investor);

        (await ErrorOfAsync(() => client.Administration.CreditAsync(investor.Id, 1, "For me", "key", Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.ReverseAsync(Given.IdOf(1), "For me", Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.VerifyAsync(Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.SetQuotaAsync(investor.Id, 1_000, 0, Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.SetDailyFreeLimitAsync(investor.Id, 1_000, Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.GetUserAsync(investor.Id, Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.GetStatementAsync(investor.Id, cancellationToken: Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.DeactivateAsync(investor.Id, Cancellation))).Code.ShouldBe("auth.forbidden");
        (await ErrorOfAsync(() => client.Administration.ReactivateAsync(investor.Id, Cancellation))).Code.ShouldBe("auth.forbidden");
    }

    private static Task<MessagingException> ErrorOfAsync(Func<Task> call) => Should.ThrowAsync<MessagingException>(call);

    /// <summary>
    /// Simulates a ledger with three verification steps. The second and third find one difference each; the second succeeds after some
    /// failures.
    /// </summary>
    private static ScriptedServer ScriptedLedger(int failures)
    {
        var left = failures;

        return new ScriptedServer(request => request.Line.Split('=') switch
        {
            [.., "1"] when left-- > 0 =>
                ScriptedServer.Problem(HttpStatusCode.ServiceUnavailable, "server.busy", retryable: true, "\"retryAfter\":0.001"),
            [.., "1"] =>
                Step(
                    "false",
                    20,
                    """{"kind":"balance","subjectId":"01a206d5-bcec-7743-8547-8871ef22f352","expected":1,"actual":2}""",
                    "\"2\""),
            [.., "2"] =>
                Step(
                    "false",
                    30,
                    """{"kind":"balance","subjectId":"01a206d5-bcec-7743-8547-8871ef22f352","expected":1,"actual":3}""",
                    "null"),
            _ => Step("null", 10, "", "\"1\""),
        });

        static HttpResponseMessage Step(string consistent, int transactions, string difference, string cursor) => ScriptedServer.Json(
            $$$"""
            {"success":true,"data":{"consistent":{{{consistent}}},"wallets":1,"transactions":{{{transactions}}},"messages":0,"reversals":0,"totalBalance":1,
             "differences":[{{{difference}}}]},"page":{"nextCursor":{{{cursor}}}}}
            """);
    }

    private static async Task<MessagingClient> SignInAsync(ScriptedServer server)
    {
        var client = new MessagingClient(new Uri("http://localhost"), handler: server);
        await client.Api.Tokens.SignInAsync(Given.Credentials("1", DateTimeOffset.MaxValue), Cancellation);

        return client;
    }

    private sealed class Progress : IProgress<LedgerVerification>
    {
        public List<LedgerVerification> Reports { get; } = [];

        public Action OnReport { get; init; } = () => { };

        public void Report(LedgerVerification value)
        {
            Reports.Add(value);
            OnReport();
        }
    }
}
