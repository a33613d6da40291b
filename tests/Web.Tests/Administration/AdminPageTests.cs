using System.Net;

namespace CleanMessaging.Web.Tests.Administration;

public sealed class AdminPageTests(Stage stage) : WebTests(stage)
{
    [LongFact]
    public async Task ChooseUser_WithPointsAndLimits_ShowsWalletStatementLimitsAndAccessInOneView()
    {
        var investor = await Server.RegisterInvestorAsync();
        for (var amount = 1; amount <= 3; amount++)
            await CreditAsync(investor, amount, $"Gift {amount}");
        await SetQuotaAsync(investor, dailyFreeLimit: null, pointsPerMessage: 7);
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        await visitor.Page.RouteAsync(
            "**/wallet/transactions?*", route => route.ContinueAsync(new() { Url = route.Request.Url.Replace("limit=50", "limit=2") }));

        var panel = await ChooseAsync(visitor, investor);

        await Expect(panel).ToContainTextAsync("Balance6 points");
        await Expect(panel).ToContainTextAsync("Free messages left today20 of 20");
        await Expect(FreeLimitOf(panel)).ToHaveAccessibleDescriptionAsync("Now 20, the general value.");
        await Expect(PriceOf(panel)).ToHaveAccessibleDescriptionAsync("Now 7, set for this user. The general value is 10.");
        await Expect(panel).ToContainTextAsync("Active: they can sign in.");
        await Expect(LinesOf(panel)).ToHaveCountAsync(2);
        await panel.GetByRole(AriaRole.Button, new() { Name = "Show more transactions" }).ClickAsync();
        await Expect(LinesOf(panel)).ToContainTextAsync(["Gift 3", "Gift 2", "Gift 1"]);
        await Expect(panel.GetByRole(AriaRole.Link)).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task ReverseTransaction_FromTheStatement_AsksFirstAndTakesThePointsBack()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);
        var dialog = visitor.Dialog($"Reverse +120 of {investor.DisplayName}?");

        await panel.GetByLabel("Points", new() { Exact = true }).FillAsync("120");
        await panel.GetByLabel("Reason", new() { Exact = true }).FillAsync("Goodwill");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();
        await Expect(panel.GetByText("Credited 120 points. The balance is 120 now.")).ToBeVisibleAsync();
        await Expect(panel).ToContainTextAsync("Balance120 points");
        (await investor.BalanceAsync()).ShouldBe(120);

        await panel.GetByRole(AriaRole.Button, new() { Name = "Reverse +120" }).ClickAsync();
        await Expect(dialog)
            .ToContainTextAsync($"120 points are taken away from {investor.DisplayName}. The balance changes from 120 to 0.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        (await investor.BalanceAsync()).ShouldBe(120);

        await panel.GetByRole(AriaRole.Button, new() { Name = "Reverse +120" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Reverse" }).ClickAsync();
        await Expect(dialog.GetByLabel("Reason for reversing"))
            .ToHaveAccessibleDescriptionAsync("Enter a reason of 1 to 500 characters. Shown in the user's statement.");
        await Expect(dialog.GetByLabel("Reason for reversing")).ToBeFocusedAsync();
        await dialog.GetByLabel("Reason for reversing").FillAsync("By mistake");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Reverse" }).ClickAsync();

        await Expect(panel.GetByText("Reversed: −120. The balance is 0 now.")).ToBeVisibleAsync();
        await Expect(panel).ToContainTextAsync("Balance0 points");
        await Expect(panel.GetByRole(AriaRole.Heading, new() { Name = "Statement" })).ToBeFocusedAsync();
        await Expect(LinesOf(panel)).ToContainTextAsync(["By mistake", "Was reversed"]);
        await Expect(panel.GetByRole(AriaRole.Button, new() { Name = "Reverse" })).ToHaveCountAsync(0);
        (await investor.BalanceAsync()).ShouldBe(0);

        await visitor.Button("Verify").ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Ledger" })).ToContainTextAsync("Everything adds up:");
    }

    [LongFact]
    public async Task ReverseTransaction_OfAPaidMessage_SaysThatTheMessageStays()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 15);
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: null);
        (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);

        await panel.GetByRole(AriaRole.Button, new() { Name = "Reverse −10" }).ClickAsync();
        await Expect(visitor.Dialog($"Reverse −10 of {investor.DisplayName}?")).ToContainTextAsync(
            $"10 points are given back to {investor.DisplayName}. The balance changes from 5 to 15. The message stays.");
        await visitor.Button("Cancel").ClickAsync();

        await panel.GetByRole(AriaRole.Button, new() { Name = "Reverse +15" }).ClickAsync();
        await Expect(visitor.Dialog($"Reverse +15 of {investor.DisplayName}?")).ToContainTextAsync(
            "That is not possible while the balance is 5: some of the points were spent.");
    }

    [LongFact]
    public async Task ReverseTransaction_ThatCannotBeReversedAnyMore_IsRejectedInWordsInTheDialog()
    {
        var investor = await Server.RegisterInvestorAsync();
        await CreditAsync(investor, 30);
        var id = (await investor.GetAsync("/api/wallet/transactions")).Expect(HttpStatusCode.OK).Data[0].Id().ToString();
        var other = await Server.CreateAdminAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        visitor.Allow("status of 409");
        var panel = await ChooseAsync(visitor, investor);
        await panel.GetByRole(AriaRole.Button, new() { Name = "Reverse +30" }).ClickAsync();
        (await other.PostAsync($"/api/admin/wallet-transactions/{id}/reverse", new { reason = "First" })).Expect(HttpStatusCode.Created);

        var dialog = visitor.Dialog($"Reverse +30 of {investor.DisplayName}?");
        await dialog.GetByLabel("Reason for reversing").FillAsync("Second");
        await dialog.GetByLabel("Reason for reversing").PressAsync("Enter");

        await Expect(dialog.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This transaction was already reversed.");
        (await investor.BalanceAsync()).ShouldBe(0);
    }

    [LongFact]
    public async Task CreditPoints_OfABadAmountOrWithoutAReason_IsRejectedInWordsAndCreditsNothing()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);

        await panel.GetByLabel("Points", new() { Exact = true }).FillAsync("-5");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();

        await Expect(panel.GetByLabel("Points", new() { Exact = true }))
            .ToHaveAccessibleDescriptionAsync("Enter 1 to 1,000,000,000,000 points.");
        await Expect(panel.GetByLabel("Points", new() { Exact = true })).ToBeFocusedAsync();
        await Expect(panel.GetByLabel("Reason", new() { Exact = true }))
            .ToHaveAccessibleDescriptionAsync("Enter a reason of 1 to 500 characters. Shown in the user's statement.");
        (await investor.BalanceAsync()).ShouldBe(0);
    }

    [LongFact]
    public async Task CreditPoints_AgainAfterTheAnswerWasLost_CreditsOnceUnderTheSameKey()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        visitor.Allow("ERR_CONNECTION_RESET");
        var panel = await ChooseAsync(visitor, investor);
        var keys = new List<string>();
        await visitor.Page.RouteAsync("**/api/admin/wallets/*/credit", async route =>
        {
            keys.Add(route.Request.Headers["idempotency-key"]);
            var answer = await route.FetchAsync();
            if (keys.Count == 1)
                await route.AbortAsync(RequestAbortErrorCode.ConnectionReset);
            else
                await route.FulfillAsync(new() { Response = answer });
        });
        await panel.GetByLabel("Points", new() { Exact = true }).FillAsync("120");
        await panel.GetByLabel("Reason", new() { Exact = true }).FillAsync("Goodwill");

        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();
        await Expect(panel.GetByRole(AriaRole.Alert).First).ToHaveTextAsync("The server could not be reached. Check your connection.");
        await Expect(panel.GetByText("Press Credit again to find out: they are credited once.")).ToBeVisibleAsync();
        (await investor.BalanceAsync()).ShouldBe(120);
        await ChooseAsync(visitor, await Server.RegisterStartupAsync(), isOpen: true);
        panel = await ChooseAsync(visitor, investor, isOpen: true);
        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();

        await Expect(panel.GetByText("Credited 120 points. The balance is 120 now.")).ToBeVisibleAsync();
        (await investor.BalanceAsync()).ShouldBe(120);
        keys.Count.ShouldBe(2);
        keys[1].ShouldBe(keys[0]);
    }

    [LongFact]
    public async Task SetLimit_OfAUser_AppliesAtOnceAndLeavesTheOtherAsItIs()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);

        await PriceOf(panel).FillAsync("7");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Set points for each further message" }).ClickAsync();
        await Expect(PriceOf(panel)).ToHaveAccessibleDescriptionAsync("Now 7, set for this user. The general value is 10.");
        await FreeLimitOf(panel).FillAsync("3");
        await FreeLimitOf(panel).PressAsync("Enter");
        await Expect(FreeLimitOf(panel)).ToHaveAccessibleDescriptionAsync("Now 3, set for this user. The general value is 20.");
        await Expect(panel).ToContainTextAsync("Free messages left today3 of 3");
        await ShouldHaveLimitsAsync(3, 7);

        await panel.GetByRole(AriaRole.Button, new() { Name = "Use general value (20) as free messages a day" }).ClickAsync();
        await Expect(FreeLimitOf(panel)).ToHaveAccessibleDescriptionAsync("Now 20, the general value.");
        await Expect(FreeLimitOf(panel)).ToBeFocusedAsync();
        await ShouldHaveLimitsAsync(20, 7);

        async Task ShouldHaveLimitsAsync(int dailyFreeLimit, long pointsPerMessage)
        {
            var quota = await investor.QuotaAsync();
            quota.GetProperty("dailyFreeLimit").GetInt32().ShouldBe(dailyFreeLimit);
            quota.GetProperty("pointsPerMessage").GetInt64().ShouldBe(pointsPerMessage);
        }
    }

    [LongTheory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1000001")]
    [InlineData("many")]
    public async Task SetLimit_ToAnInvalidNumber_IsRejectedInWordsAndChangesNothing(string text)
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);
        await FreeLimitOf(panel).FillAsync(text);

        await panel.GetByRole(AriaRole.Button, new() { Name = "Set free messages a day" }).ClickAsync();

        await Expect(FreeLimitOf(panel)).ToHaveAccessibleDescriptionAsync("Enter 0 to 1,000,000. Now 20, the general value.");
        await Expect(FreeLimitOf(panel)).ToBeFocusedAsync();
        (await investor.QuotaAsync()).GetProperty("dailyFreeLimit").GetInt32().ShouldBe(20);
    }

    [LongFact]
    public async Task DeactivateUser_AfterBeingAsked_SignsThemOutUntilTheyAreReactivated()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitors = await Task.WhenAll(VisitAsync(await Server.CreateAdminAsync()), VisitAsync(investor));
        var (admin, user) = (visitors[0], visitors[1]);
        user.Allow("status of 401");
        user.Allow("/hubs/messaging");
        await user.OpenAsync(conversationId);
        var panel = await ChooseAsync(admin, investor);
        var dialog = admin.Dialog($"Deactivate {investor.DisplayName}?");

        await panel.GetByRole(AriaRole.Button, new() { Name = "Deactivate" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(user.MessageField).ToBeVisibleAsync();
        await panel.GetByRole(AriaRole.Button, new() { Name = "Deactivate" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Deactivate" }).ClickAsync();

        await Expect(panel.GetByText("The user was deactivated.")).ToBeVisibleAsync();
        await Expect(panel.GetByText("Deactivated since")).ToBeVisibleAsync();
        await Expect(user.Heading).ToHaveTextAsync("Sign in");
        await user.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(user.Alert.Filter(new() { HasText = "The e-mail address or the password is wrong." })).ToBeVisibleAsync();

        var reactivation = admin.Dialog($"Reactivate {investor.DisplayName}?");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Reactivate" }).ClickAsync();
        await reactivation.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(panel.GetByText("Deactivated since")).ToBeVisibleAsync();
        await panel.GetByRole(AriaRole.Button, new() { Name = "Reactivate" }).ClickAsync();
        await reactivation.GetByRole(AriaRole.Button, new() { Name = "Reactivate" }).ClickAsync();
        await Expect(panel.GetByText("The user was reactivated.")).ToBeVisibleAsync();
        await user.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(user.MessageField).ToBeVisibleAsync();
    }

    [LongFact]
    public async Task OpenAdministration_WithoutBeingAnAdmin_SaysForWhomItIs()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());

        await visitor.GoAsync("/admin");

        await Expect(visitor.Page.GetByText("This page is for administrators.")).ToBeVisibleAsync();
        await Expect(visitor.Button("Verify")).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByRole(AriaRole.Navigation)).Not.ToContainTextAsync("Admin");
    }

    [LongFact]
    public async Task VerifyLedger_WithDifferences_SaysHowManyAndThatThereMayBeMore()
    {
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        await visitor.GoAsync("/admin");

        foreach (
            var (count, text) in ((int, string)[])[
                (1, "1 difference was found."), (99, "99 differences were found."), (100, "At least 100 differences were found."),
            ])
        {
            await visitor.FindDifferencesAsync(count);
            await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Ledger" }).GetByRole(AriaRole.Status))
                .ToHaveTextAsync(text);
        }
    }

    [LongFact]
    public async Task VerifyLedger_OfManySteps_ShowsHowFarItIsAndStops()
    {
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        await visitor.GoAsync("/admin");
        var ledger = visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Ledger" });
        var steps = 0;
        await visitor.Page.RouteAsync("**/api/admin/wallets/verify*", async route =>
        {
            // The third step does not complete.
            if (++steps > 2)
                return;

            var data = new { consistent = (bool?)null, wallets = 1_000 * steps, transactions = 50_000 * steps, messages = 0, reversals = 0, totalBalance = 1, differences = Array.Empty<int>() };
            await route.FulfillAsync(new() { Json = new { success = true, data, page = new { nextCursor = $"{steps}" } } });
        });

        await visitor.Button("Verify").ClickAsync();
        await Expect(ledger).ToContainTextAsync("2,000 wallets, 100,000 transactions so far.");
        await Expect(ledger.GetByRole(AriaRole.Status)).ToHaveTextAsync("Verifying…");
        await visitor.Button("Stop").ClickAsync();

        await Expect(ledger.GetByRole(AriaRole.Status))
            .ToHaveTextAsync("Stopped after 2,000 wallets, 100,000 transactions. No difference was found so far.");
        await Expect(visitor.Button("Verify")).ToBeFocusedAsync();
        steps.ShouldBe(3);
    }

    private static ILocator FreeLimitOf(ILocator panel) => panel.GetByRole(AriaRole.Textbox, new() { Name = "Free messages a day" });

    private static ILocator PriceOf(ILocator panel) =>
        panel.GetByRole(AriaRole.Textbox, new() { Name = "Points for each further message" });

    private static ILocator LinesOf(ILocator panel) =>
        panel.GetByRole(AriaRole.List, new() { Name = "Statement" }).GetByRole(AriaRole.Listitem);

    /// <summary>Searches and selects a user, and returns the section with the actions for that user.</summary>
    /// <param name="isOpen">Whether the page is open already.</param>
    private static async Task<ILocator> ChooseAsync(Visitor admin, TestUser user, bool isOpen = false)
    {
        if (!isOpen)
            await admin.GoAsync("/admin");
        await admin.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Find a user by name or e-mail" }).FillAsync(user.Email);
        await admin.Button($"Choose {user.DisplayName}").ClickAsync();
        var panel = admin.Page.GetByRole(AriaRole.Region, new() { Name = user.DisplayName });
        await Expect(panel.GetByRole(AriaRole.Heading, new() { Name = user.DisplayName })).ToBeFocusedAsync();

        return panel;
    }
}
