using System.Net;

namespace CleanMessaging.Web.Tests.Wallets;

public sealed class WalletPageTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task OpenWallet_AfterACreditAndAPaidMessage_ShowsBalanceAndEveryLine()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await CreditAsync(investor, 1_500, "Welcome <b>gift</b>");
        await SetQuotaAsync(investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);

        await visitor.GoAsync("/wallet");

        var lines = visitor.Page.GetByRole(AriaRole.List, new() { Name = "Statement" }).GetByRole(AriaRole.Listitem);
        await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Balance" })).ToContainTextAsync("1,490 points");
        await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Free messages today" })).ToContainTextAsync("0 of 0");
        await Expect(lines).ToHaveCountAsync(2);
        await Expect(lines.Nth(0)).ToContainTextAsync("Message Amount: −10");
        await Expect(lines.Nth(0)).ToContainTextAsync("Balance 1,490");
        await Expect(lines.Nth(1)).ToContainTextAsync("Credited Amount: +1,500");
        await Expect(lines.Nth(1)).ToContainTextAsync("Welcome <b>gift</b>");

        await lines.Nth(0).GetByRole(AriaRole.Link, new() { Name = $"Conversation with {startup.DisplayName}" }).ClickAsync();
        await Expect(visitor.Message("Paid")).ToBeVisibleAsync();
    }

    [LongTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenWallet_WhileItLoads_MovesNothing(bool onAPhone)
    {
        var investor = await Server.RegisterInvestorAsync();
        for (var amount = 1; amount <= 5; amount++)
            await CreditAsync(investor, amount);
        var visitor = await VisitAsync(investor, onAPhone ? Device.Phone : Device.Desktop);

        // The numbers arrive some time after the page was loaded, as over a slow connection.
        foreach (var address in (string[])["**/api/messages/quota", "**/api/sync", "**/api/wallet/transactions?*"])
        {
            await visitor.Page.RouteAsync(address, async route =>
            {
                await Task.Delay(300);
                await route.ContinueAsync();
            });
        }

        await visitor.GoAsync("/wallet");
        await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Balance" })).ToContainTextAsync("15 points");
        await Expect(visitor.Page.GetByRole(AriaRole.List, new() { Name = "Statement" }).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(5);

        var (moved, what) = await visitor.LayoutShiftAsync();
        moved.ShouldBeLessThan(0.01, what);
    }

    [LongFact]
    public async Task CopyTransactionId_WithTheKeyboard_CopiesIt()
    {
        var investor = await Server.RegisterInvestorAsync();
        await CreditAsync(investor, 30);
        var id = (await investor.GetAsync("/api/wallet/transactions")).Expect(HttpStatusCode.OK).Data[0].Id().ToString();
        var visitor = await VisitAsync(investor);
        await visitor.Context.GrantPermissionsAsync(["clipboard-read"]);
        await visitor.GoAsync("/wallet");
        var line = visitor.Page.GetByRole(AriaRole.List, new() { Name = "Statement" }).GetByRole(AriaRole.Listitem);
        await Expect(line).ToContainTextAsync(id);

        await line.GetByRole(AriaRole.Button, new() { Name = "Copy transaction id" }).FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(line.GetByRole(AriaRole.Button, new() { Name = "Copied transaction id" })).ToBeFocusedAsync();
        (await visitor.Page.EvaluateAsync<string>("navigator.clipboard.readText()")).ShouldBe(id);
    }

    [LongFact]
    public async Task ShowMoreTransactions_UntilThereAreNoMore_ListsEachOnceAndInOrder()
    {
        var investor = await Server.RegisterInvestorAsync();
        for (var amount = 1; amount <= 5; amount++)
            await CreditAsync(investor, amount);
        var visitor = await VisitAsync(investor);
        await visitor.Page.RouteAsync(
            "**/api/wallet/transactions?*", route => route.ContinueAsync(new() { Url = route.Request.Url.Replace("limit=50", "limit=2") }));
        await visitor.GoAsync("/wallet");
        var lines = visitor.Page.GetByRole(AriaRole.List, new() { Name = "Statement" }).GetByRole(AriaRole.Listitem);
        var more = visitor.Button("Show more transactions");

        await Expect(lines).ToHaveCountAsync(2);
        await more.ClickAsync();
        await Expect(lines).ToHaveCountAsync(4);
        await more.ClickAsync();

        await Expect(lines).ToContainTextAsync(["+5", "+4", "+3", "+2", "+1"]);
        await Expect(more).ToHaveCountAsync(0);
    }
}
