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

    [LongFact]
    public async Task SendDraft_FromAnotherTab_LeavesNothingToSendInThisOne()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var elsewhere = await investor.ConversationWithAsync(await Server.RegisterStartupAsync());
        var here = await VisitAsync(investor);
        await here.OpenAsync(conversationId);
        await here.MessageField.FillAsync("Begun here");
        var there = await here.OpenTabAsync();
        await there.OpenAsync(conversationId);
        await Expect(there.MessageField).ToHaveValueAsync("Begun here");
        var third = await here.OpenTabAsync();
        await third.OpenAsync(elsewhere);
        await Expect(third.ConversationWith(startup)).ToContainTextAsync("Draft: Begun here");

        await there.TurnToAsync();
        await there.MessageField.FillAsync("Finished there");
        await there.Page.GetByLabel("Disappears", new() { Exact = true }).SelectOptionAsync("Disappears after…");
        await there.Page.GetByLabel("Hours until it disappears").FillAsync("5");
        await Expect(here.MessageField).ToHaveValueAsync("Finished there");
        await Expect(here.Page.GetByLabel("Hours until it disappears")).ToHaveValueAsync("5");
        await Expect(third.ConversationWith(startup)).ToContainTextAsync("Draft: Finished there");
        await there.SendButton.ClickAsync();

        await Expect(here.SentMark("Finished there")).ToBeAttachedAsync();
        await Expect(here.MessageField).ToHaveValueAsync("");
        await Expect(third.ConversationWith(startup)).Not.ToContainTextAsync("Draft");
        await here.TurnToAsync();
        await here.SendButton.ClickAsync();
        await here.SendAsync("The next one");
        await Expect(there.SentMark("The next one")).ToBeAttachedAsync();
        await Expect(there.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
    }
}
