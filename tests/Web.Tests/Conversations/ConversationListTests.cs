using System.Net;

namespace CleanMessaging.Web.Tests.Conversations;

public sealed class ConversationListTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task ReceiveMessages_InSeveralConversations_OrdersTheListAndCountsWhatIsUnread()
    {
        var investor = await Server.RegisterInvestorAsync();
        var (first, second) = (await Server.RegisterStartupAsync(), await Server.RegisterStartupAsync());
        var (ofFirst, ofSecond) = (await investor.ConversationWithAsync(first), await investor.ConversationWithAsync(second));
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        await Expect(visitor.Conversations).ToHaveCountAsync(2);

        (await first.SendAsync(ofFirst, "One of the first")).Expect(HttpStatusCode.Created);
        await Expect(visitor.Conversations.First).ToContainTextAsync("One of the first");
        (await second.SendAsync(ofSecond, "One of the second")).Expect(HttpStatusCode.Created);
        (await second.SendAsync(ofSecond, "Two of the second")).Expect(HttpStatusCode.Created);

        await Expect(visitor.Conversations.First).ToContainTextAsync("Two of the second");
        await Expect(visitor.ConversationWith(second)).ToContainTextAsync("2 unread");
        await Expect(visitor.ConversationWith(first)).ToContainTextAsync("1 unread");
        await Expect(visitor.Page).ToHaveTitleAsync("(3) Messages – CleanMessaging");
        await Expect(visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Messages 3 unread" })).ToBeVisibleAsync();

        await visitor.ConversationWith(first).ClickAsync();
        await Expect(visitor.Message("One of the first")).ToBeVisibleAsync();
        await Expect(visitor.ConversationWith(first)).Not.ToContainTextAsync("unread");
        await Expect(visitor.ConversationWith(first)).ToHaveAttributeAsync("aria-current", "page");
        await visitor.SendAsync("An answer to the first");

        await Expect(visitor.Conversations.First).ToContainTextAsync("You: An answer to the first");
        await Expect(visitor.Page).ToHaveTitleAsync($"(2) {first.DisplayName} – CleanMessaging");
    }

    [Fact]
    public async Task OpenConversation_OfSomebodyElse_SaysThatItDoesNotExist()
    {
        var (_, _, foreign) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        visitor.Allow("status of 404");

        await visitor.GoAsync($"/messages/{foreign}");

        await Expect(visitor.Alert.Filter(new() { HasText = "This conversation does not exist, or you are not in it." })).ToBeVisibleAsync();
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Back to your messages" }).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
    }

    [Fact]
    public async Task ShowMoreConversations_UntilThereAreNoMore_ListsEachOnceAndInOrder()
    {
        const int PageSize = 50;
        var server = await StartServerAsync();
        var investor = await server.RegisterInvestorAsync();
        var startups = await Task.WhenAll(Enumerable.Range(0, PageSize + 2).Select(_ => server.RegisterStartupAsync()));
        foreach (var startup in startups)
            await investor.ConversationWithAsync(startup);
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        var more = visitor.Button("Show more conversations");
        await Expect(visitor.Conversations).ToHaveCountAsync(PageSize);

        await more.ClickAsync();

        await Expect(visitor.Conversations).ToHaveCountAsync(startups.Length);
        await Expect(visitor.Conversations).ToContainTextAsync(startups.Reverse().Select(startup => startup.DisplayName));
        await Expect(more).ToHaveCountAsync(0);
    }
}
