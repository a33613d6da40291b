using System.Collections.Concurrent;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Web.Tests.People;

public sealed class PeoplePageTests(Stage stage) : WebTests(stage)
{
    private const int PageSize = 50;

    [Fact]
    public async Task FindPeople_ByAName_ShowsThoseOfTheOtherRoleOnly()
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
        await Expect(visitor.Page.GetByText($"No results for “{investor.DisplayName}”.")).ToBeVisibleAsync();
        await Expect(people).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task StartConversation_WithAFoundUser_OpensItForOneAndListsItForBoth()
    {
        var (investor, startup) = (await Server.RegisterInvestorAsync(), await Server.RegisterStartupAsync());
        var visitors = await Task.WhenAll(VisitAsync(investor), VisitAsync(startup));
        await Task.WhenAll(visitors.Select(visitor => visitor.GoAsync("/messages")));
        var (starter, other) = (visitors[0], visitors[1]);
        await Expect(other.Page.GetByText("You have no conversations.")).ToBeVisibleAsync();

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

    [LongFact]
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
        await Expect(dialog)
            .ToContainTextAsync($"Starting a conversation with {startup.DisplayName} costs 25 points. You have 100 points.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        (await investor.BalanceAsync()).ShouldBe(100);

        await visitor.Button($"Message {startup.DisplayName}").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pay 25 points" }).ClickAsync();
        await Expect(visitor.Heading).ToHaveTextAsync(startup.DisplayName);
        (await investor.BalanceAsync()).ShouldBe(75);
    }

    [LongFact]
    public async Task ShowMorePeople_ClickedTwice_ShowsEachOfThemOnce()
    {
        var visitor = await VisitManyPeopleAsync();
        var (asked, answer) = await HoldNextPageAsync(visitor);

        await visitor.Button("Show more people").DblClickAsync();
        answer.SetResult();

        await Expect(PeopleOf(visitor).Nth(PageSize)).ToBeVisibleAsync();
        asked.ShouldHaveSingleItem();
    }

    [LongFact]
    public async Task ShowMorePeople_JustAfterTypingOn_MixesNoSearches()
    {
        const string Type =
            "(field, more) => { field.value = 'No one'; field.dispatchEvent(new Event('input', { bubbles: true })); more.click(); }";
        var visitor = await VisitManyPeopleAsync();
        var (asked, answer) = await HoldNextPageAsync(visitor);

        await visitor.Page.GetByRole(AriaRole.Searchbox).EvaluateAsync(Type, await visitor.Button("Show more people").ElementHandleAsync());
        await Expect(visitor.Page.GetByText("No results for “No one”.")).ToBeVisibleAsync();
        var answered = visitor.Page.WaitForResponseAsync(response => response.Url.Contains("cursor=", StringComparison.Ordinal));
        answer.SetResult();
        await answered;

        asked.ShouldHaveSingleItem().ShouldNotContain("No one");
        await Expect(visitor.Page.GetByText("No results for “No one”.")).ToBeVisibleAsync();
        await Expect(PeopleOf(visitor)).ToHaveCountAsync(0);
    }

    private static ILocator PeopleOf(Visitor visitor) =>
        visitor.Page.GetByRole(AriaRole.List, new() { Name = "People" }).GetByRole(AriaRole.Listitem);

    /// <summary>Opens the page on a server with more users than it loads initially.</summary>
    private async Task<Visitor> VisitManyPeopleAsync()
    {
        var server = await StartServerAsync();
        await Task.WhenAll(Enumerable.Range(0, PageSize + 1).Select(_ => server.RegisterStartupAsync()));
        var visitor = await VisitAsync(await server.RegisterInvestorAsync());
        await visitor.GoAsync("/people");
        await Expect(PeopleOf(visitor)).ToHaveCountAsync(PageSize);

        return visitor;
    }

    /// <returns>The delayed requests for further results, and the source that releases them.</returns>
    private static async Task<(ConcurrentQueue<string> Asked, TaskCompletionSource Answer)> HoldNextPageAsync(Visitor visitor)
    {
        var (asked, answer) = (new ConcurrentQueue<string>(), new TaskCompletionSource());
        await visitor.Page.RouteAsync(address => address.Contains("cursor=", StringComparison.Ordinal), async route =>
        {
            asked.Enqueue(route.Request.Url);
            await answer.Task;
            await route.ContinueAsync();
        });

        return (asked, answer);
    }
}
