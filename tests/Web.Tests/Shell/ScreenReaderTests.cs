using System.Net;

namespace CleanMessaging.Web.Tests.Shell;

public sealed class ScreenReaderTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task ShowPages_OfAnyKind_HaveOneHeadingTheirLandmarksAndATitle()
    {
        var (investor, startup, _) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);

        await visitor.GoAsync("/messages");
        await ShouldBeInOrderAsync("Messages");
        await visitor.ConversationWith(startup).ClickAsync();
        await ShouldBeInOrderAsync(startup.DisplayName);
        foreach (var place in (string[])["People", "Wallet", "Account"])
        {
            await visitor.FollowAsync(place);
            await ShouldBeInOrderAsync(place);
        }

        async Task ShouldBeInOrderAsync(string heading)
        {
            await Expect(visitor.Heading).ToHaveTextAsync(heading);
            await Expect(visitor.Heading).ToHaveCountAsync(1);
            await Expect(visitor.Page).ToHaveTitleAsync($"{heading} – CleanMessaging");
            await Expect(visitor.Page.GetByRole(AriaRole.Main)).ToHaveCountAsync(1);
            await Expect(visitor.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToHaveCountAsync(1);
            await Expect(visitor.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveCountAsync(1);
            await Expect(visitor.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link).And(visitor.Page.Locator("[aria-current=page]"))).ToHaveCountAsync(1);
        }
    }

    [Fact]
    public async Task ReceiveMessage_OnAnotherPage_IsAnnouncedOnceAndCountedInTheTitle()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        await Expect(visitor.Conversations).ToHaveCountAsync(1);
        await visitor.Page.EvaluateAsync(
            """
            () => {
                window.said = [];
                const region = document.querySelector('[aria-live=polite]');
                new MutationObserver(() => window.said.push(region.textContent.trim())).observe(region, { childList: true, subtree: true, characterData: true });
            }
            """);

        (await startup.SendAsync(conversationId, "Are you there?")).Expect(HttpStatusCode.Created);

        await Expect(visitor.Page).ToHaveTitleAsync("(1) Messages – CleanMessaging");
        await Eventually.TrueAsync(async () => (await SaidAsync()).Length > 0, "It is announced.");
        await visitor.FollowAsync("Messages 1 unread");
        await visitor.ConversationWith(startup).ClickAsync();
        await Expect(visitor.Page).ToHaveTitleAsync($"{startup.DisplayName} – CleanMessaging");
        (await SaidAsync()).ShouldBe([$"{startup.DisplayName}: Are you there?"]);

        (await startup.SendAsync(conversationId, "Hello?")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(async () => (await SaidAsync()) is [_, var second] && second == $"{startup.DisplayName}: Hello?", "What comes where one looks is announced too.");

        Task<string[]> SaidAsync() => visitor.Page.EvaluateAsync<string[]>("window.said.filter(text => text)");
    }
}
