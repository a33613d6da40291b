using System.Net;

namespace CleanMessaging.Web.Tests.Shell;

public sealed class ScreenReaderTests(Stage stage) : WebTests(stage)
{
    [LongFact]
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
            await Expect(
                visitor.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link).And(visitor.Page.Locator("[aria-current=page]")))
                .ToHaveCountAsync(1);
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
        await Eventually.TrueAsync(
            async () => (await SaidAsync()) is [_, var second] && second == $"{startup.DisplayName}: Hello?",
            "What comes where one looks is announced too.");

        Task<string[]> SaidAsync() => visitor.Page.EvaluateAsync<string[]>("window.said.filter(text => text)");
    }

    [LongFact]
    public async Task ReceiveMessage_InAMutedConversation_IsAnnouncedOnlyWhileItIsOpen()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var another = await Server.RegisterStartupAsync();
        var ofAnother = await investor.ConversationWithAsync(another);
        (await investor.PutAsync($"/api/conversations/{conversationId}/mute", new { })).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("Muted");
        await visitor.Page.EvaluateAsync(
            """
            () => {
                window.said = [];
                const region = document.querySelector('[aria-live=polite]');
                new MutationObserver(() => window.said.push(region.textContent.trim())).observe(region, { childList: true, subtree: true, characterData: true });
            }
            """);

        (await startup.SendAsync(conversationId, "Not announced")).Expect(HttpStatusCode.Created);
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("Not announced");
        (await another.SendAsync(ofAnother, "Announced")).Expect(HttpStatusCode.Created);
        await ShouldHaveSaidAsync($"{another.DisplayName}: Announced");
        await visitor.ConversationWith(startup).ClickAsync();
        await visitor.ShouldBeLoadedAsync();
        (await startup.SendAsync(conversationId, "Open now")).Expect(HttpStatusCode.Created);

        await ShouldHaveSaidAsync($"{another.DisplayName}: Announced", $"{startup.DisplayName}: Open now");

        Task ShouldHaveSaidAsync(params string[] expected) => Eventually.TrueAsync(
            async () => (await visitor.Page.EvaluateAsync<string[]>("window.said.filter(text => text)")).SequenceEqual(expected),
            "Something else is announced.");
    }

    [LongFact]
    public async Task ShowConversation_WithALongMessageOrDraft_IsNamedByItsBeginning()
    {
        // If it were cut after 100 UTF-16 code units, it would end with half a character.
        var beginning = new string('a', 99);
        var text = $"{beginning}{string.Concat(Enumerable.Repeat("🚀", 100))}";
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");

        (await startup.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync($"{beginning}…");
        await visitor.ConversationWith(startup).ClickAsync();
        await visitor.MessageField.FillAsync(text);
        await visitor.FollowAsync("Messages");

        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync($"Draft: {beginning}…");
        await Expect(visitor.ConversationWith(startup)).Not.ToContainTextAsync("🚀");
    }

    [LongFact]
    public async Task ReceiveMessage_ThatIsLong_IsAnnouncedUpToAWholeCharacter()
    {
        var beginning = new string('a', 299);
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        await Expect(visitor.Conversations).ToHaveCountAsync(1);

        (await startup.SendAsync(conversationId, $"{beginning}🚀🚀")).Expect(HttpStatusCode.Created);

        await Expect(visitor.Page.Locator("[aria-live=polite]")).ToHaveTextAsync($"{startup.DisplayName}: {beginning}…");
    }

    [LongFact]
    public async Task OpenConversation_WhoseNameIsKnownLater_NamesTheSenderOfEachMessage()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "From whom?")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/api/conversations?*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });

        await visitor.OpenAsync(conversationId);
        await Expect(visitor.Message("From whom?")).ToBeVisibleAsync();
        held.SetResult();

        await Expect(visitor.Message("From whom?")).ToContainTextAsync($"{startup.DisplayName}:");
        await Expect(visitor.Log).Not.ToContainTextAsync("Conversation:");
    }
}
