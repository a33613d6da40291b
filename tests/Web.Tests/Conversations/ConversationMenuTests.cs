using System.Net;

namespace CleanMessaging.Web.Tests.Conversations;

/// <summary>Tests what a user does with a conversation for themselves, in the page, and that the page of the other does not change.</summary>
public sealed class ConversationMenuTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task Archive_UntilTheNextMessage_MovesTheConversationToTheArchiveAndBack()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("The first one");
        await Expect(scene.Investor.Message("The first one")).ToBeVisibleAsync();

        await ChooseAsync(scene.Investor, "Archive until the next message");

        await Expect(scene.Investor.Heading).ToHaveTextAsync("Messages");
        await Expect(scene.Investor.Heading).ToBeFocusedAsync();
        await Expect(Notice(scene.Investor, "Archived until the next message.")).ToBeVisibleAsync();
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToHaveCountAsync(0);
        await ArchiveOf(scene.Investor).ClickAsync();
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToBeVisibleAsync();
        await scene.Startup.SendAsync("The second one");
        await Expect(scene.Investor.Button("Back to the conversations")).ToHaveCountAsync(0, new() { Timeout = 10_000 });
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToContainTextAsync("The second one");
        await Expect(scene.Startup.ConversationWith(scene.InvestorUser)).ToBeVisibleAsync();
    }

    [LongFact]
    public async Task Archive_AlsoAfterNewMessages_KeepsTheConversationInTheArchiveAndMutesNothing()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("The first one");
        await Expect(scene.Investor.Message("The first one")).ToBeVisibleAsync();

        await ChooseAsync(scene.Investor, "Keep archived after new messages");
        await Expect(Notice(scene.Investor, "Archived.")).ToBeVisibleAsync();
        await scene.Startup.SendAsync("The second one");
        await scene.Investor.Page.GetByRole(AriaRole.Button, new() { Name = "Archive" }).Filter(new() { HasText = "1 unread" }).ClickAsync();

        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToContainTextAsync("The second one");
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).Not.ToContainTextAsync("Muted");
        await scene.Investor.ConversationWith(scene.StartupUser).ClickAsync();
        await Expect(Header(scene.Investor).GetByText("Archived", new() { Exact = true })).ToBeAttachedAsync();
        await Expect(Notice(scene.Investor, "Archived.")).ToHaveCountAsync(0);
        await ChooseAsync(scene.Investor, "Unarchive");
        await Expect(Header(scene.Investor).GetByText("Archived", new() { Exact = true })).ToHaveCountAsync(0);
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToBeVisibleAsync();
    }

    [LongFact]
    public async Task Mute_WithoutANetwork_SaysWhatIsNotDoneUntilItIsBack()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("Hello");
        await Expect(scene.Investor.Message("Hello")).ToBeVisibleAsync();
        scene.Investor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        var warning = scene.Investor.Alert.Filter(new() { HasText = "Try again when you are connected." });

        await scene.Investor.Context.SetOfflineAsync(true);
        await ChooseAsync(scene.Investor, "Mute always");
        await Expect(warning).ToContainTextAsync("The conversation is not muted: you are offline. Try again when you are connected.");
        await scene.Investor.Message("Hello").ClickAsync(new() { Button = MouseButton.Right });
        await scene.Investor.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Hide for me…" }).ClickAsync();
        await scene.Investor.Dialog("Hide this message for you?").GetByRole(AriaRole.Button, new() { Name = "Hide for me" }).ClickAsync();
        await Expect(warning).ToContainTextAsync("The message is not hidden: you are offline. Try again when you are connected.");
        await scene.Investor.Context.SetOfflineAsync(false);

        await Expect(warning).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task Mute_WhenTheServerCannotBeReached_IsWarnedOfUntilItSucceeds()
    {
        var scene = await OpenAsInvestorAsync();
        scene.Investor.Allow("ERR_FAILED");
        var warning = scene.Investor.Alert.Filter(new() { HasText = "Try again when you are connected." });

        await scene.Investor.Page.RouteAsync("**/api/conversations/*/mute", route => route.AbortAsync());
        await ChooseAsync(scene.Investor, "Mute always");
        await Expect(warning).ToContainTextAsync("The conversation is not muted: the server cannot be reached.");
        await scene.Investor.Page.UnrouteAllAsync();
        await ChooseAsync(scene.Investor, "Mute always");
        await Expect(Header(scene.Investor).GetByText("Muted", new() { Exact = true })).ToBeAttachedAsync();
        await Expect(warning).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task PinAndMute_OfAConversation_ShowItFirstAndWithAMark()
    {
        var scene = await OpenAsInvestorAsync();
        var newer = await Server.RegisterStartupAsync();
        var ofNewer = await scene.InvestorUser.ConversationWithAsync(newer);
        (await newer.SendAsync(ofNewer, "Newer")).Expect(HttpStatusCode.Created);
        await Expect(scene.Investor.Conversations.First).ToContainTextAsync("Newer");

        await ChooseAsync(scene.Investor, "Pin");
        await ChooseAsync(scene.Investor, "Mute for 8 hours");

        await Expect(scene.Investor.Conversations.First).ToContainTextAsync(scene.StartupUser.DisplayName);
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToContainTextAsync("Pinned");
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToContainTextAsync("Muted");
        await scene.Investor.ReloadAsync();
        await Expect(scene.Investor.Conversations.First).ToContainTextAsync("Pinned");
        foreach (var mark in new[] { "Pinned", "Muted" })
            await Expect(Header(scene.Investor).GetByText(mark, new() { Exact = true })).ToBeAttachedAsync();
        await ChooseAsync(scene.Investor, "Unmute");
        await ChooseAsync(scene.Investor, "Unpin");
        await Expect(scene.Investor.Conversations.First).ToContainTextAsync("Newer");
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).Not.ToContainTextAsync("Muted");
        foreach (var mark in new[] { "Pinned", "Muted" })
            await Expect(Header(scene.Investor).GetByText(mark, new() { Exact = true })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task ClearAndDelete_AfterAQuestion_EmptyTheConversationForTheUserOnly()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("An old message");
        await Expect(scene.Investor.Message("An old message")).ToBeVisibleAsync();

        await ChooseAsync(scene.Investor, "Clear messages…");
        var question = scene.Investor.Dialog("Clear all messages for you?");
        await Expect(question).ToContainTextAsync("still sees them, and is not notified");
        await question.GetByRole(AriaRole.Button, new() { Name = "Clear messages" }).ClickAsync();

        await Expect(scene.Investor.Message("An old message")).ToHaveCountAsync(0);
        await Expect(scene.Investor.Page.GetByText("You have cleared the earlier messages")).ToBeVisibleAsync();
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToContainTextAsync("No messages to show");
        await Expect(scene.Startup.Message("An old message")).ToBeVisibleAsync();

        await ChooseAsync(scene.Investor, "Delete conversation…");
        await scene.Investor.Dialog("Delete this conversation for you?").GetByRole(AriaRole.Button, new() { Name = "Delete conversation" }).ClickAsync();

        await Expect(scene.Investor.Heading).ToHaveTextAsync("Messages");
        await Expect(scene.Investor.Page.GetByText("You have no conversations.", new() { Exact = true })).ToBeVisibleAsync();
        await scene.Startup.SendAsync("A new message");
        await scene.Investor.ConversationWith(scene.StartupUser).ClickAsync();
        await Expect(scene.Investor.Message("A new message")).ToBeVisibleAsync();
        await Expect(scene.Investor.Page.GetByText("An old message")).ToHaveCountAsync(0);
        await Expect(scene.Startup.Message("An old message")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task HideForMe_OfAReceivedMessage_LeavesItForTheOther()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("This stays");
        await scene.Startup.SendAsync("Not for me");
        await Expect(scene.Investor.Message("Not for me")).ToBeVisibleAsync();

        await scene.Investor.Message("Not for me").ClickAsync(new() { Button = MouseButton.Right });
        await scene.Investor.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Hide for me…" }).ClickAsync();
        var question = scene.Investor.Dialog("Hide this message for you?");
        await Expect(question).ToContainTextAsync("still sees it, and is not notified");
        await question.GetByRole(AriaRole.Button, new() { Name = "Hide for me" }).ClickAsync();

        await Expect(scene.Investor.Message("Not for me")).ToHaveCountAsync(0);
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToContainTextAsync("This stays");
        await scene.Investor.ReloadAsync();
        await Expect(scene.Investor.Message("This stays")).ToBeVisibleAsync();
        await Expect(scene.Investor.Page.GetByText("Not for me")).ToHaveCountAsync(0);
        await Expect(scene.Startup.Message("Not for me")).ToBeVisibleAsync();
    }

    [LongFact]
    public async Task OpenMenu_WithTheKeyboard_ClosesWithEscapeAndReturnsTheFocus()
    {
        var scene = await OpenAsInvestorAsync();
        var button = scene.Investor.Button("Conversation actions");
        await button.FocusAsync();

        await scene.Investor.Page.Keyboard.PressAsync("Enter");
        await Expect(scene.Investor.Button("Pin")).ToBeVisibleAsync();
        await scene.Investor.Page.Keyboard.PressAsync("Escape");

        await Expect(scene.Investor.Button("Pin")).ToBeHiddenAsync();
        await Expect(button).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task ConversationMenu_InEveryState_HasNoAccessibilityFault()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("Hello");
        await Expect(scene.Investor.Message("Hello")).ToBeVisibleAsync();
        var survey = new AxeSurvey(scene.Investor);

        await scene.Investor.Button("Conversation actions").ClickAsync();
        await Expect(scene.Investor.Button("Pin")).ToBeVisibleAsync();
        await survey.LookAtAsync("menu of a conversation");
        await scene.Investor.Button("Pin").ClickAsync();
        await ChooseAsync(scene.Investor, "Mute always");
        await Expect(scene.Investor.ConversationWith(scene.StartupUser)).ToContainTextAsync("Muted");
        await survey.LookAtAsync("list with a pinned and muted conversation");
        await ChooseAsync(scene.Investor, "Clear messages…");
        await Expect(scene.Investor.Dialog("Clear all messages for you?")).ToBeVisibleAsync();
        await survey.LookAtAsync("question before messages are cleared");
        await scene.Investor.Page.Keyboard.PressAsync("Escape");
        await ChooseAsync(scene.Investor, "Keep archived after new messages");
        await Expect(scene.Investor.Button("Undo")).ToBeVisibleAsync();
        await survey.LookAtAsync("notice after archiving");
        await ArchiveOf(scene.Investor).ClickAsync();
        await Expect(scene.Investor.Button("Back to the conversations")).ToBeVisibleAsync();
        await survey.LookAtAsync("archive");

        survey.ShouldHaveFoundNothing();
    }

    private static ILocator Header(Visitor visitor) => visitor.Page.Locator(".chat-header");

    private static ILocator Notice(Visitor visitor, string text) =>
        visitor.Page.GetByRole(AriaRole.Status).Filter(new() { Has = visitor.Page.GetByText(text, new() { Exact = true }) });

    /// <summary>The link to the archive. Its name also has the number of unread messages, if a message was not marked as read before.</summary>
    private static ILocator ArchiveOf(Visitor visitor) => visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Archive" });

    private static async Task ChooseAsync(Visitor visitor, string action)
    {
        await visitor.Button("Conversation actions").ClickAsync();
        await visitor.Button(action).ClickAsync();
    }
}
