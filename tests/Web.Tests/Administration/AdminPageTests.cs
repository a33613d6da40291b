using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Administration;

public sealed class AdminPageTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task CreditPoints_ThenReverse_ChangesTheBalanceAndTheLedgerAddsUp()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);

        await panel.GetByLabel("Points", new() { Exact = true }).FillAsync("120");
        await panel.GetByLabel("Reason").FillAsync("Goodwill");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();
        await Expect(panel.GetByRole(AriaRole.Status).First).ToHaveTextAsync("Credited 120 points. The balance is 120 now.");
        (await investor.BalanceAsync()).ShouldBe(120);

        var reversal = visitor.Page.GetByRole(AriaRole.Form, new() { Name = "Reverse a transaction" });
        await Expect(reversal.GetByLabel("Transaction id")).Not.ToHaveValueAsync("");
        await reversal.GetByLabel("Reason for reversing").FillAsync("By mistake");
        await reversal.GetByRole(AriaRole.Button, new() { Name = "Reverse" }).ClickAsync();
        await Expect(reversal.GetByRole(AriaRole.Status)).ToHaveTextAsync("Reversed: −120. The balance is 0 now.");
        (await investor.BalanceAsync()).ShouldBe(0);

        await visitor.Button("Verify").ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Ledger" })).ToContainTextAsync("Everything adds up:");
    }

    [Fact]
    public async Task CreditPoints_OfABadAmountOrWithoutAReason_IsRefusedInWordsAndCreditsNothing()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);

        await panel.GetByLabel("Points", new() { Exact = true }).FillAsync("-5");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();

        await Expect(panel.GetByLabel("Points", new() { Exact = true })).ToHaveAccessibleDescriptionAsync("Enter 1 to 1,000,000,000,000 points.");
        await Expect(panel.GetByLabel("Points", new() { Exact = true })).ToBeFocusedAsync();
        await Expect(panel.GetByLabel("Reason")).ToHaveAccessibleDescriptionAsync("Enter a reason of 1 to 500 characters. Stands in the user's statement.");
        (await investor.BalanceAsync()).ShouldBe(0);
    }

    [Fact]
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
        await panel.GetByLabel("Reason").FillAsync("Goodwill");

        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();
        await Expect(panel.GetByRole(AriaRole.Alert).First).ToHaveTextAsync("The server could not be reached. Check your connection.");
        (await investor.BalanceAsync()).ShouldBe(120);
        await panel.GetByRole(AriaRole.Button, new() { Name = "Credit" }).ClickAsync();

        await Expect(panel.GetByRole(AriaRole.Status).First).ToHaveTextAsync("Credited 120 points. The balance is 120 now.");
        (await investor.BalanceAsync()).ShouldBe(120);
        keys.Count.ShouldBe(2);
        keys[1].ShouldBe(keys[0]);
    }

    [Fact]
    public async Task ReverseTransaction_ThatCannotBeReversed_IsRefusedInWords()
    {
        var investor = await Server.RegisterInvestorAsync();
        await CreditAsync(investor, 30);
        var id = (await investor.GetAsync("/api/wallet/transactions")).Expect(HttpStatusCode.OK).Data[0].Id().ToString();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        visitor.Allow("status of 404|status of 409");
        await visitor.GoAsync("/admin");
        var form = visitor.Page.GetByRole(AriaRole.Form, new() { Name = "Reverse a transaction" });

        await ReverseAsync("no id");
        await Expect(form.GetByLabel("Transaction id")).ToHaveAccessibleDescriptionAsync(new Regex("^Enter the id of a transaction[.]"));
        await Expect(form.GetByLabel("Transaction id")).ToBeFocusedAsync();
        await ReverseAsync(Guid.CreateVersion7().ToString());
        await Expect(form.GetByRole(AriaRole.Alert)).ToHaveTextAsync("There is no transaction with this id.");
        await ReverseAsync(id);
        await Expect(form.GetByRole(AriaRole.Status)).ToHaveTextAsync("Reversed: −30. The balance is 0 now.");
        await ReverseAsync(id);

        await Expect(form.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This transaction was reversed already.");
        await Expect(form.GetByLabel("Transaction id")).ToHaveValueAsync(id);
        (await investor.BalanceAsync()).ShouldBe(0);

        async Task ReverseAsync(string transactionId)
        {
            await form.GetByLabel("Transaction id").FillAsync(transactionId);
            await form.GetByLabel("Reason for reversing").FillAsync("By mistake");
            await form.GetByRole(AriaRole.Button, new() { Name = "Reverse" }).ClickAsync();
        }
    }

    [Fact]
    public async Task SetLimits_OfAUser_HoldForThemAtOnce()
    {
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        var panel = await ChooseAsync(visitor, investor);

        await panel.GetByLabel("Free messages a day").FillAsync("3");
        await panel.GetByLabel("Points for each further message").FillAsync("7");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Set limits" }).ClickAsync();

        await Expect(panel.GetByText("3 free messages a day, then 7 points each. 3 are left today.")).ToBeVisibleAsync();
        var quota = await investor.QuotaAsync();
        quota.GetProperty("dailyFreeLimit").GetInt32().ShouldBe(3);
        quota.GetProperty("pointsPerMessage").GetInt64().ShouldBe(7);
    }

    [Fact]
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
        await Expect(user.Heading).ToHaveTextAsync("Sign in");
        await user.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(user.Alert.Filter(new() { HasText = "The e-mail address or the password is wrong." })).ToBeVisibleAsync();

        await panel.GetByRole(AriaRole.Button, new() { Name = "Reactivate" }).ClickAsync();
        await Expect(panel.GetByText("The user was reactivated.")).ToBeVisibleAsync();
        await user.SignInAsync(investor.Email, ApiServer.Password);
        await Expect(user.MessageField).ToBeVisibleAsync();
    }

    [Fact]
    public async Task OpenAdministration_WithoutBeingAnAdmin_SaysForWhomItIs()
    {
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());

        await visitor.GoAsync("/admin");

        await Expect(visitor.Page.GetByText("This page is for administrators.")).ToBeVisibleAsync();
        await Expect(visitor.Button("Verify")).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByRole(AriaRole.Navigation)).Not.ToContainTextAsync("Admin");
    }

    [Theory]
    [InlineData(1, "1 difference was found.")]
    [InlineData(99, "99 differences were found.")]
    [InlineData(100, "At least 100 differences were found.")]
    public async Task VerifyLedger_WithDifferences_SaysHowManyAndThatThereMayBeMoreThanAreTold(int told, string expected)
    {
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        await visitor.GoAsync("/admin");

        await visitor.FindDifferencesAsync(told);

        await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Ledger" }).GetByRole(AriaRole.Status)).ToHaveTextAsync(expected);
    }

    /// <summary>What can be done to a user, once they are found and chosen.</summary>
    private static async Task<ILocator> ChooseAsync(Visitor admin, TestUser user)
    {
        await admin.GoAsync("/admin");
        await admin.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Find a user by name or e-mail" }).FillAsync(user.Email);
        await admin.Button($"Choose {user.DisplayName}").ClickAsync();
        var panel = admin.Page.GetByRole(AriaRole.Region, new() { Name = user.DisplayName });
        await Expect(panel.GetByRole(AriaRole.Heading, new() { Name = user.DisplayName })).ToBeFocusedAsync();

        return panel;
    }
}
