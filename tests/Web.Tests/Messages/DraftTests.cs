namespace CleanMessaging.Web.Tests.Messages;

public sealed class DraftTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task WriteMessage_WithoutSending_IsKeptForEachConversationAndOverAReload()
    {
        var investor = await Server.RegisterInvestorAsync();
        var (first, second) = (await Server.RegisterStartupAsync(), await Server.RegisterStartupAsync());
        await investor.ConversationWithAsync(second);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(await investor.ConversationWithAsync(first));
        var expiry = visitor.Page.GetByLabel("Disappears", new() { Exact = true });

        await visitor.MessageField.FillAsync("For the first,\nin two lines");
        await expiry.SelectOptionAsync("Disappears after 1 day");
        await visitor.ConversationWith(second).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync(second.DisplayName);
        await Expect(visitor.MessageField).ToHaveValueAsync("");
        await Expect(expiry).ToHaveValueAsync("");
        await visitor.MessageField.FillAsync("For the second");
        await Expect(visitor.ConversationWith(first)).ToContainTextAsync("Draft: For the first");

        await visitor.ReloadAsync();
        await Expect(visitor.MessageField).ToHaveValueAsync("For the second");
        await visitor.ConversationWith(first).ClickAsync();
        await Expect(visitor.MessageField).ToHaveValueAsync("For the first,\nin two lines");
        await Expect(expiry).ToHaveValueAsync("24");

        await visitor.SendButton.ClickAsync();
        await Expect(visitor.MessageField).ToHaveValueAsync("");
        await Expect(visitor.Message("in two lines")).ToContainTextAsync("Disappears in 23 h 59 min");
        await visitor.ReloadAsync();
        await Expect(visitor.MessageField).ToHaveValueAsync("");
    }
}
