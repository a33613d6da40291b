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
    public async Task OpenConversation_OfAnotherUser_SaysThatItDoesNotExist()
    {
        var (_, _, foreign) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(await Server.RegisterInvestorAsync());
        visitor.Allow("status of 404");

        await visitor.GoAsync($"/messages/{foreign}");

        await Expect(visitor.Alert.Filter(new() { HasText = "This conversation does not exist, or you are not in it." }))
            .ToBeVisibleAsync();
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Back to your messages" }).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
    }

    [LongFact]
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

    [LongFact]
    public async Task ShowArchive_WithMoreThanAPage_ListsEachOfThem()
    {
        var server = await StartServerAsync();
        var (investor, startups) = await WithConversationsAsync(server, 120);
        await server.ExecuteAsync(
            $"""
            UPDATE participants SET archived_through = 0, personal_revision = 1
            WHERE user_id = '{investor.Id}' AND conversation_id IN (SELECT id FROM conversations ORDER BY last_activity_at LIMIT 60)
            """);
        var visitor = await VisitAsync(investor);

        await visitor.GoAsync("/messages");
        await Expect(visitor.Conversations).ToHaveCountAsync(50);
        await visitor.Button("Archive").ClickAsync();
        var archived = visitor.Page.GetByRole(AriaRole.List, new() { Name = "Archived conversations" }).GetByRole(AriaRole.Link);

        await Expect(archived).ToHaveCountAsync(50);
        await Expect(archived.First).ToContainTextAsync(startups[59].DisplayName);
        await visitor.Button("Show more conversations").ClickAsync();
        await Expect(archived).ToHaveCountAsync(60);
        await Expect(visitor.Button("Show more conversations")).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task OpenConversation_BeyondThoseThatAreListed_IsListedSelectedAndInView()
    {
        var server = await StartServerAsync();
        var (investor, startups) = await WithConversationsAsync(server, 52);
        var visitor = await VisitAsync(investor);

        await visitor.OpenAsync(await investor.ConversationWithAsync(startups[0]));

        var opened = visitor.ConversationWith(startups[0]);
        await Expect(opened).ToHaveAttributeAsync("aria-current", "page");
        await Expect(opened).ToBeInViewportAsync();
        await Expect(visitor.Conversations).ToHaveCountAsync(51);
        await visitor.Button("Show more conversations").ClickAsync();
        await Expect(visitor.Conversations).ToHaveCountAsync(startups.Count);
        await Expect(opened).ToHaveCountAsync(1);
    }

    [LongFact]
    public async Task SendMessage_ThatWaitsOrIsRejected_ShowsInTheListAlsoForAConversationBeyondIt()
    {
        var server = await StartServerAsync();
        var (investor, startups) = await WithConversationsAsync(server, 52);
        var admin = await server.CreateAdminAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("ERR_CONNECTION_REFUSED|status of 402|ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        const string Send = "**/api/messages/send";
        await visitor.OpenAsync(await investor.ConversationWithAsync(startups[0]));
        var row = visitor.ConversationWith(startups[0]);

        await visitor.Page.RouteAsync(Send, route => route.AbortAsync(RequestAbortErrorCode.ConnectionRefused));
        await visitor.SendAsync("Not delivered");
        await visitor.FollowAsync("Messages");
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
        await Expect(visitor.Conversations.First).ToContainTextAsync(startups[0].DisplayName);
        await Expect(row).ToContainTextAsync("Sending: Not delivered");
        await visitor.Context.SetOfflineAsync(true);
        await Expect(row).ToContainTextAsync("Waiting: Not delivered");

        // Also after a reload, when the conversation is not open and not in the list.
        await SetQuotaAsync(admin, investor, dailyFreeLimit: 0, pointsPerMessage: 10);
        await visitor.Context.SetOfflineAsync(false);
        await visitor.Page.UnrouteAsync(Send);
        await Expect(row).ToContainTextAsync("Not sent: Not delivered");
        await visitor.ReloadAsync();
        await Expect(visitor.Conversations.First).ToContainTextAsync(startups[0].DisplayName);
        await Expect(row).ToContainTextAsync("Not sent: Not delivered");

        await row.ClickAsync();
        await visitor.Message("Not delivered").GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
        await Expect(row).Not.ToContainTextAsync("Not sent");
    }

    /// <summary>Creates an Investor with a conversation with each of several Startups, the oldest first.</summary>
    private static async Task<(TestUser Investor, IReadOnlyList<TestUser> Startups)> WithConversationsAsync(ApiServer server, int count)
    {
        var investor = await server.RegisterInvestorAsync();
        var startups = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => server.RegisterStartupAsync()));
        foreach (var startup in startups)
            await investor.ConversationWithAsync(startup);

        return (investor, startups);
    }
}
