using System.Net;
using System.Text.Json;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests that both users react to messages with the menu and below the message, and what each of them sees.</summary>
public sealed class ReactionTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task React_WithTheMouse_IsShownToBothAndTakenBackByAClick()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("We raise 2 million");
        await OpenMenuAsync(scene.Startup, "We raise 2 million");
        await Choice(scene.Startup, "👍").ClickAsync();

        var hers = Chip(scene.Investor, "We raise 2 million", "👍");
        var his = Chip(scene.Startup, "We raise 2 million", "👍");
        await Expect(his).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(his).ToHaveAccessibleNameAsync("👍 1: you");
        await Expect(hers).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(hers).ToHaveAccessibleNameAsync($"👍 1: {scene.StartupUser.DisplayName}");
        await hers.ClickAsync();
        await Expect(hers).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(hers).ToHaveAccessibleNameAsync($"👍 2: you and {scene.StartupUser.DisplayName}");
        await Expect(his).ToHaveAccessibleNameAsync($"👍 2: you and {scene.InvestorUser.DisplayName}");
        await his.ClickAsync();
        await Expect(hers).ToHaveAccessibleNameAsync("👍 1: you");
        await hers.ClickAsync();
        await Expect(hers).ToHaveCountAsync(0);
        await Expect(his).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task React_WithTheKeyboard_MovesInLinesAndReplacesTheReaction()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Hello");
        await Expect(scene.Startup.Message("Hello")).ToBeVisibleAsync();
        await OpenMenuAsync(scene.Investor, "Hello");
        var keyboard = scene.Investor.Page.Keyboard;

        await Expect(Choice(scene.Investor, "👍")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowLeft");
        await Expect(Item(scene.Investor, "More reactions")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowRight");
        await keyboard.PressAsync("ArrowRight");
        await Expect(Choice(scene.Investor, "❤️")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowDown");
        await Expect(Item(scene.Investor, "Reply")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowUp");
        await Expect(Choice(scene.Investor, "👍")).ToBeFocusedAsync();
        await keyboard.PressAsync("End");
        await Expect(Item(scene.Investor, "Delete for everyone…")).ToBeFocusedAsync();
        await keyboard.PressAsync("Home");
        await keyboard.PressAsync("Enter");
        await Expect(Chip(scene.Startup, "Hello", "👍")).ToBeVisibleAsync();

        await OpenMenuAsync(scene.Investor, "Hello");
        await Expect(Choice(scene.Investor, "👍")).ToHaveAttributeAsync("aria-checked", "true");
        await keyboard.PressAsync("ArrowLeft");
        await keyboard.PressAsync("Enter");
        await Expect(Choice(scene.Investor, "👍")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await Expect(Choice(scene.Investor, "🚀")).ToBeFocusedAsync();
        await keyboard.PressAsync("Space");
        await Expect(Chip(scene.Startup, "Hello", "🚀")).ToBeVisibleAsync();
        await Expect(Chip(scene.Startup, "Hello", "👍")).ToHaveCountAsync(0);

        await OpenMenuAsync(scene.Startup, "Hello");
        await Expect(Choice(scene.Startup, "🚀")).ToHaveAttributeAsync("aria-checked", "false");
    }

    /// <summary>Only a reaction to a message of the user is announced, and it is no unread message.</summary>
    [Fact]
    public async Task React_ToAMessageOfTheOther_IsAnnouncedToThemOnly()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Hello");
        await scene.Startup.SendAsync("Welcome");
        await Expect(scene.Investor.Message("Welcome")).ToBeVisibleAsync();
        await Expect(scene.Startup.Message("Hello")).ToBeVisibleAsync();

        await OpenMenuAsync(scene.Startup, "Welcome");
        await Choice(scene.Startup, "😂").ClickAsync();
        await Expect(Chip(scene.Investor, "Welcome", "😂")).ToBeVisibleAsync();
        await Expect(scene.Investor.Page.GetByText("reacted with 😂")).ToHaveCountAsync(0);
        await OpenMenuAsync(scene.Startup, "Hello");
        await Choice(scene.Startup, "👍").ClickAsync();

        await Expect(scene.Investor.Page.GetByText($"{scene.StartupUser.DisplayName} reacted with 👍 to “Hello”.")).ToBeAttachedAsync();
        await Expect(scene.Startup.Page.GetByText("reacted with")).ToHaveCountAsync(0);
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).Not.ToContainTextAsync("unread");
    }

    [LongFact]
    public async Task React_Offline_IsShownAtOnceSurvivesAReloadAndOnlyTheNewestIsSent()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Hello");
        await Expect(scene.Startup.Message("Hello")).ToBeVisibleAsync();
        scene.Startup.Allow("ERR_FAILED");
        var sent = new List<string>();
        await scene.Startup.Page.RouteAsync("**/api/messages/*/reaction", route => route.AbortAsync());

        await OpenMenuAsync(scene.Startup, "Hello");
        await Choice(scene.Startup, "👍").ClickAsync();
        await Expect(Chip(scene.Startup, "Hello", "👍")).ToHaveAttributeAsync("aria-pressed", "true");
        await OpenMenuAsync(scene.Startup, "Hello");
        await Choice(scene.Startup, "😢").ClickAsync();
        await Expect(Chip(scene.Startup, "Hello", "👍")).ToHaveCountAsync(0);
        await scene.Startup.ReloadAsync();
        await Expect(Chip(scene.Startup, "Hello", "😢")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(Chip(scene.Investor, "Hello", "😢")).ToHaveCountAsync(0);
        await scene.Startup.Page.UnrouteAllAsync();
        scene.Startup.Page.Request += (_, request) =>
        {
            if (request.Url.EndsWith("/reaction", StringComparison.Ordinal))
                sent.Add(JsonDocument.Parse(request.PostData ?? "{}").RootElement.GetProperty("emoji").GetString()!);
        };

        await Expect(Chip(scene.Investor, "Hello", "😢")).ToBeVisibleAsync();
        sent.ShouldAllBe(emoji => emoji == "😢");
    }

    [LongFact]
    public async Task React_WithAnEmojiThatTheServerRejects_SaysSoAndCanBeDiscarded()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Hello");
        await Expect(scene.Startup.Message("Hello")).ToBeVisibleAsync();
        scene.Startup.Allow("status of 400");
        await scene.Startup.Page.RouteAsync("**/api/messages/*/reaction", route => route.FulfillAsync(new() { Status = 400, Json = _notAllowed }));

        await OpenMenuAsync(scene.Startup, "Hello");
        await Choice(scene.Startup, "👍").ClickAsync();

        await Expect(scene.Startup.Alert.Filter(new() { HasText = "Your reaction 👍 was not saved." })).ToContainTextAsync("does not allow this emoji");
        await Expect(Chip(scene.Startup, "Hello", "👍")).ToHaveCountAsync(0);
        await scene.Startup.Button("Discard").ClickAsync();
        await Expect(scene.Startup.Button("Discard")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task React_BeforeAnEditAndADeletion_IsMarkedAndThenErased()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Helo")).Expect(HttpStatusCode.Created).Data.Id();
        (await startup.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await Expect(Chip(visitor, "Helo", "👍")).ToHaveAccessibleNameAsync($"👍 1: {startup.DisplayName}");

        (await investor.EditAsync(id, "Hello", version: 0)).Expect(HttpStatusCode.OK);
        await Expect(Chip(visitor, "Hello", "👍")).ToHaveAccessibleNameAsync($"👍 1: {startup.DisplayName}, before the edit");
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);

        await Expect(visitor.Message("Message deleted")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".reaction")).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task React_ByTouchOnANarrowScreen_FitsAndNothingScrollsSideways()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created).Data.Id();
        (await startup.ReactAsync(id, "🦄")).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor, Device.Narrow);
        await visitor.OpenAsync(conversationId);

        await visitor.Message("Hello").Locator(".message-text").DispatchEventAsync(
            "pointerdown", new { pointerType = "touch", bubbles = true, clientX = 200, clientY = 300 });
        await Expect(Choice(visitor, "🦄")).ToBeVisibleAsync();
        await Item(visitor, "More reactions").ClickAsync();
        await Expect(Choice(visitor, "☕")).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Menu)).ToBeInViewportAsync(new() { Ratio = 1 });
        await Choice(visitor, "🎉").ClickAsync();
        await Expect(Chip(visitor, "Hello", "🎉")).ToBeVisibleAsync();

        (await visitor.Page.EvaluateAsync<bool>(
            "[document.documentElement, ...document.querySelectorAll('body, main, [role=log]')].every(e => e.scrollWidth <= e.clientWidth + 1)"))
            .ShouldBeTrue();
    }

    [LongFact]
    public async Task Reactions_InEveryState_HaveNoAccessibilityFault()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        var own = (await investor.SendAsync(conversationId, "Own")).Expect(HttpStatusCode.Created).Data.Id();
        var others = (await startup.SendAsync(conversationId, "Of the other")).Expect(HttpStatusCode.Created).Data.Id();
        foreach (var id in new[] { own, others })
        {
            (await investor.ReactAsync(id, "👍")).Expect(HttpStatusCode.OK);
            (await startup.ReactAsync(id, "🎉")).Expect(HttpStatusCode.OK);
        }

        (await investor.EditAsync(own, "Own, edited", version: 0)).Expect(HttpStatusCode.OK);
        (await startup.ReactAsync(others, "👍")).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor);
        var survey = new AxeSurvey(visitor);
        await visitor.OpenAsync(conversationId);
        await Expect(Chip(visitor, "Of the other", "👍")).ToHaveAccessibleNameAsync($"👍 2: you and {startup.DisplayName}");

        await survey.LookAtAsync("messages with reactions, one before an edit");
        await OpenMenuAsync(visitor, "Of the other");
        await survey.LookAtAsync("menu of a message with the own reaction");
        await Item(visitor, "More reactions").ClickAsync();
        await Expect(Choice(visitor, "☕")).ToBeVisibleAsync();
        await survey.LookAtAsync("menu of a message with more reactions");

        survey.ShouldHaveFoundNothing();
    }

    private static readonly object _notAllowed = new
    {
        type = "urn:cleanmessaging:problem:reaction.not_allowed",
        title = "This server does not allow this emoji as a reaction.",
        status = 400,
        success = false,
        code = "reaction.not_allowed",
        traceId = "t",
        retryable = false,
    };

    private static ILocator Chip(Visitor visitor, string text, string emoji) =>
        visitor.Message(text).Locator(".reaction").Filter(new() { HasText = emoji });

    private static ILocator Choice(Visitor visitor, string emoji) =>
        visitor.Page.GetByRole(AriaRole.Menuitemradio, new() { Name = emoji, Exact = true });

    private static ILocator Item(Visitor visitor, string name) =>
        visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true });

    private static async Task OpenMenuAsync(Visitor visitor, string text)
    {
        await visitor.Message(text).Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await Expect(Item(visitor, "Copy text")).ToBeVisibleAsync();
    }
}
