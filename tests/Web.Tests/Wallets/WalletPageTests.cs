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
}
