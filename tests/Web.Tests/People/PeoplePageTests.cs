using CleanMessaging.Domain.Users;

namespace CleanMessaging.Web.Tests.People;

public sealed class PeoplePageTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task FindPeople_ByAName_ShowsThoseOfTheOtherRoleAlone()
    {
        var startup = await Server.RegisterStartupAsync();
        var investor = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/people");
        var search = visitor.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Find a startup by name" });
        var people = visitor.Page.GetByRole(AriaRole.List, new() { Name = "People" }).GetByRole(AriaRole.Listitem);

        await search.FillAsync(startup.DisplayName.ToUpperInvariant());
        await Expect(people.Filter(new() { HasText = startup.DisplayName })).ToHaveCountAsync(1);
        await Expect(visitor.Page.GetByRole(AriaRole.Status).Filter(new() { HasText = "found" })).ToBeAttachedAsync();

        await search.FillAsync(investor.DisplayName);
        await Expect(visitor.Page.GetByText($"Nobody is called “{investor.DisplayName}”.")).ToBeVisibleAsync();
        await Expect(people).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task StartConversation_WithSomebodyFound_OpensItForOneAndListsItForBoth()
    {
        var (investor, startup) = (await Server.RegisterInvestorAsync(), await Server.RegisterStartupAsync());
        var visitors = await Task.WhenAll(VisitAsync(investor), VisitAsync(startup));
        await Task.WhenAll(visitors.Select(visitor => visitor.GoAsync("/messages")));
        var (starter, other) = (visitors[0], visitors[1]);
        await Expect(other.Page.GetByText("You have no conversations yet.")).ToBeVisibleAsync();

        await starter.Page.GetByRole(AriaRole.Link, new() { Name = "Find a startup" }).ClickAsync();
        await starter.Page.GetByRole(AriaRole.Searchbox).FillAsync(startup.DisplayName);
        await starter.Button($"Message {startup.DisplayName}").ClickAsync();

        await Expect(starter.Heading).ToHaveTextAsync(startup.DisplayName);
        await Expect(starter.Log).ToContainTextAsync($"This is the beginning of your conversation with {startup.DisplayName}.");
        await Expect(starter.ConversationWith(startup)).ToHaveCountAsync(1);
        await Expect(other.ConversationWith(investor)).ToContainTextAsync("No messages yet");

        await starter.SendAsync("Shall we talk?");
        await Expect(other.ConversationWith(investor)).ToContainTextAsync("Shall we talk?");
    }

    [Fact]
    public async Task StartConversation_ThatCostsPoints_AsksAndChargesOnlyWhoAgrees()
    {
        var server = await StartServerAsync(("Conversations:Price", "25"));
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 100);
        var startup = await server.RegisterStartupAsync();
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 409");
        await visitor.GoAsync("/people");
        var dialog = visitor.Dialog("This conversation costs points");

        await visitor.Button($"Message {startup.DisplayName}").ClickAsync();
        await Expect(dialog).ToContainTextAsync($"Starting a conversation with {startup.DisplayName} costs 25 points. You have 100 points.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        (await investor.BalanceAsync()).ShouldBe(100);

        await visitor.Button($"Message {startup.DisplayName}").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 25 points" }).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync(startup.DisplayName);
        (await investor.BalanceAsync()).ShouldBe(75);
    }
}
