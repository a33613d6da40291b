using System.Net;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests that a message is edited or deleted for everyone with its menu, and what both users see of it.</summary>
public sealed class ChangeMessageTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task EditMessage_OnAnOpenPageOfTheOther_ShowsTheNewTextThereAndItsVersions()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("We rase 2 million");
        await Expect(scene.Startup.Message("We rase 2 million")).ToBeVisibleAsync();
        await scene.Investor.MessageField.FillAsync("A draft");

        await ChooseAsync(scene.Investor, "We rase 2 million", "Edit");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("We rase 2 million");
        await Expect(scene.Investor.MessageField).ToBeFocusedAsync();
        await scene.Investor.MessageField.FillAsync("We raise 2 million");
        await scene.Investor.Button("Save").ClickAsync();

        foreach (var visitor in new[] { scene.Investor, scene.Startup })
        {
            await Expect(visitor.Message("We raise 2 million")).ToContainTextAsync("edited");
            await Expect(visitor.Message("We rase 2 million")).ToHaveCountAsync(0);
        }

        await Expect(scene.Startup.ConversationWith(scene.InvestorUser)).ToContainTextAsync("We raise 2 million");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("A draft");
        await ChooseAsync(scene.Startup, "We raise 2 million", "Show earlier versions");
        await Expect(scene.Startup.Dialog("Versions of this message").GetByRole(AriaRole.Listitem))
            .ToContainTextAsync(["We rase 2 million", "We raise 2 million"]);
    }

    [Fact]
    public async Task DeleteMessage_OnAnOpenPageOfTheOther_LeavesALineForBoth()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("This stays");
        await scene.Investor.SendAsync("A wrong number");
        await Expect(scene.Startup.Message("A wrong number")).ToBeVisibleAsync();
        await Expect(scene.Investor.SentMark("A wrong number").Or(scene.Investor.Message("A wrong number").GetByText("Read", new() { Exact = true })))
            .ToBeAttachedAsync();

        await ChooseAsync(scene.Investor, "A wrong number", "Delete for everyone…");
        var dialog = scene.Investor.Dialog("Delete this message for everyone?");
        await Expect(dialog).ToContainTextAsync("may already have read it");
        await Expect(dialog).ToContainTextAsync("not refunded");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete for everyone" }).ClickAsync();

        await ShouldBeDeletedAsync();
        await Task.WhenAll(scene.Investor.ReloadAsync(), scene.Startup.ReloadAsync());
        await ShouldBeDeletedAsync();

        async Task ShouldBeDeletedAsync()
        {
            foreach (var visitor in new[] { scene.Investor, scene.Startup })
            {
                await Expect(visitor.Message("Message deleted")).ToBeVisibleAsync();
                await Expect(visitor.Page.GetByText("A wrong number")).ToHaveCountAsync(0);
                await Expect(visitor.Conversations).ToContainTextAsync("This stays");
            }
        }
    }

    [LongFact]
    public async Task OpenMenu_WithTheKeyboard_MovesWithTheArrowsAndReturnsTheFocus()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Hello");
        var row = scene.Investor.Message("Hello");
        await Expect(scene.Startup.Message("Hello")).ToBeVisibleAsync();
        await Expect(row.GetByText("Sent", new() { Exact = true }).Or(row.GetByText("Read", new() { Exact = true }))).ToBeAttachedAsync();
        var keyboard = scene.Investor.Page.Keyboard;

        // Tab updates the focusable row.
        await keyboard.PressAsync("Shift+Tab");
        await row.FocusAsync();
        await keyboard.PressAsync("Enter");
        await Expect(scene.Investor.Page.GetByRole(AriaRole.Menuitemradio).First).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowUp");
        await Expect(Item(scene.Investor, "Delete for everyone…")).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await Expect(Item(scene.Investor, "Edit")).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await Expect(Item(scene.Investor, "Edit")).ToBeHiddenAsync();
        await Expect(row).ToBeFocusedAsync();

        await keyboard.PressAsync("Enter");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("Enter");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Hello");
        await keyboard.PressAsync("Escape");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("");
        await Expect(scene.Investor.MessageField).ToBeFocusedAsync();
    }

    [Fact]
    public async Task OpenMenu_OfTheOthersMessage_OffersNoChange()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Hello");
        var row = scene.Startup.Message("Hello");

        await row.HoverAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Message actions" }).ClickAsync();
        await Expect(scene.Startup.Page.GetByRole(AriaRole.Menuitem)).ToHaveTextAsync(["+", "Reply", "Copy text", "Hide for me…"]);
        await scene.Startup.Page.Locator(".chat-name").ClickAsync();

        await Expect(Item(scene.Startup, "Copy text")).ToBeHiddenAsync();
    }

    [LongFact]
    public async Task EditMessage_ThatAnotherDeviceChanges_ShowsTheNewerTextAndKeepsTheUsers()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Helo");
        var id = await IdOfAsync(scene.InvestorUser, scene.ConversationId);
        await ChooseAsync(scene.Investor, "Helo", "Edit");
        await scene.Investor.MessageField.FillAsync("Hello from here");

        await EditAsync(scene.InvestorUser, id, "Hello from elsewhere");
        await Expect(scene.Investor.Alert.Filter(new() { HasText = "newer text" })).ToContainTextAsync("Hello from elsewhere");
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Hello from here");
        await scene.Investor.Button("Save").ClickAsync();

        await Expect(scene.Startup.Message("Hello from here")).ToBeVisibleAsync();
    }

    [LongFact]
    public async Task EditMessage_RejectedBecauseOfANewerVersion_CanBeEditedAgain()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Helo");
        var id = await IdOfAsync(scene.InvestorUser, scene.ConversationId);
        await Expect(scene.Startup.Message("Helo")).ToBeVisibleAsync();
        scene.Investor.Allow("ERR_FAILED|ERR_INTERNET_DISCONNECTED|/hubs/messaging|status of 409");
        await scene.Investor.Page.RouteAsync("**/api/messages/*/content", route => route.AbortAsync());
        await ChooseAsync(scene.Investor, "Helo", "Edit");
        await scene.Investor.MessageField.FillAsync("Hello from here");
        await scene.Investor.Button("Save").ClickAsync();
        await Expect(scene.Investor.Message("Hello from here")).ToContainTextAsync("Edit not saved yet");

        await EditAsync(scene.InvestorUser, id, "Hello from elsewhere");
        await scene.Investor.Page.UnrouteAsync("**/api/messages/*/content");
        var rejected = scene.Investor.Alert.Filter(new() { HasText = "was not saved" });
        await Expect(rejected).ToContainTextAsync("Hello from here");
        await Expect(scene.Investor.Message("Hello from elsewhere")).ToBeVisibleAsync();
        await scene.Investor.Button("Edit again").ClickAsync();
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Hello from here");
        await scene.Investor.Button("Save").ClickAsync();

        await Expect(scene.Startup.Message("Hello from here")).ToBeVisibleAsync();
        await Expect(rejected).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task EditMessage_DeletedDuringTheEdit_SaysSoAndKeepsTheText()
    {
        var scene = await OpenAsInvestorAsync();
        await scene.Investor.SendAsync("Helo");
        var id = await IdOfAsync(scene.InvestorUser, scene.ConversationId);
        await ChooseAsync(scene.Investor, "Helo", "Edit");
        await scene.Investor.MessageField.FillAsync("Hello");

        (await Answer.OfAsync(await scene.InvestorUser.Client.DeleteAsync($"/api/messages/{id}", TestContext.Current.CancellationToken))).Expect(HttpStatusCode.OK);

        await Expect(scene.Investor.Alert.Filter(new() { HasText = "was deleted" })).ToBeVisibleAsync();
        await scene.Investor.Button("Save").ClickAsync(new() { Force = true });
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Hello");
        await scene.Investor.Button("Cancel").ClickAsync();
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("");
        await Expect(scene.Investor.Button("Send")).ToBeVisibleAsync();
    }

    [LongFact]
    public async Task ChangeMessages_WithoutANetwork_AreSavedAfterAReload()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("First");
        await scene.Investor.SendAsync("Second");
        await Expect(scene.Startup.Message("Second")).ToBeVisibleAsync();
        await Expect(scene.Investor.Message("Second")).ToBeVisibleAsync();
        scene.Investor.Allow("ERR_FAILED");
        await scene.Investor.Page.RouteAsync(
            "**/api/messages/**", route => route.Request.Method is "PUT" or "DELETE" ? route.AbortAsync() : route.FallbackAsync());

        await ChooseAsync(scene.Investor, "First", "Edit");
        await scene.Investor.MessageField.FillAsync("First of all");
        await scene.Investor.Button("Save").ClickAsync();
        await ChooseAsync(scene.Investor, "Second", "Delete for everyone…");
        await scene.Investor.Dialog("Delete this message for everyone?").GetByRole(AriaRole.Button, new() { Name = "Delete for everyone" }).ClickAsync();
        await Expect(scene.Investor.Message("First of all")).ToContainTextAsync("Edit not saved yet");
        await Expect(scene.Investor.Message("Second")).ToContainTextAsync("Not deleted yet");
        await scene.Investor.ReloadAsync();
        await Expect(scene.Investor.Message("First of all")).ToContainTextAsync("Edit not saved yet");
        await Expect(scene.Startup.Message("First of all")).ToHaveCountAsync(0);
        await scene.Investor.Page.UnrouteAllAsync();

        await Expect(scene.Startup.Message("First of all")).ToBeVisibleAsync();
        await Expect(scene.Startup.Message("Message deleted")).ToBeVisibleAsync();
        await Expect(scene.Investor.Page.GetByText("not saved yet")).ToHaveCountAsync(0);
        await Expect(scene.Investor.Message("Message deleted")).ToBeVisibleAsync();
    }

    [LongFact]
    public async Task OpenMenu_ByALongPress_ShowsIt()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor, Device.Phone);
        await visitor.OpenAsync(conversationId);

        await visitor.Message("Hello").Locator(".message-text").DispatchEventAsync(
            "pointerdown", new { pointerType = "touch", bubbles = true, clientX = 200, clientY = 300 });

        await Expect(Item(visitor, "Delete for everyone…")).ToBeVisibleAsync();
        await Item(visitor, "Copy text").ClickAsync();
        await visitor.MessageField.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Control+V");
        await Expect(visitor.MessageField).ToHaveValueAsync("Hello");
    }

    [LongFact]
    public async Task OpenMenu_OnANarrowScreen_FitsAndNothingScrollsSideways()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        foreach (var text in new[] { "Hello", new string('w', 300) })
            (await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor, Device.Narrow);
        await visitor.OpenAsync(conversationId);

        await OpenMenuAsync(visitor, new string('w', 300));
        await Expect(visitor.Page.GetByRole(AriaRole.Menu)).ToBeInViewportAsync(new() { Ratio = 1 });
        await Item(visitor, "Edit").ClickAsync();
        await Expect(visitor.Button("Save")).ToBeInViewportAsync(new() { Ratio = 1 });
        await Expect(visitor.Button("Cancel")).ToBeInViewportAsync(new() { Ratio = 1 });
        (await visitor.Page.Locator("#edit-notice").EvaluateAsync<double>("notice => notice.clientHeight")).ShouldBeLessThan(60);

        (await visitor.Page.EvaluateAsync<bool>(
            "[document.documentElement, ...document.querySelectorAll('body, main, [role=log]')].every(e => e.scrollWidth <= e.clientWidth + 1)"))
            .ShouldBeTrue();
    }

    [LongFact]
    public async Task ChangeMessages_InEveryState_HasNoAccessibilityFault()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        foreach (var text in new[] { "To be deleted", "To be edited", "To be rejected" })
            (await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        visitor.Allow("status of 409");
        var survey = new AxeSurvey(visitor);
        await visitor.OpenAsync(conversationId);

        await OpenMenuAsync(visitor, "To be edited");
        await survey.LookAtAsync("menu of a message");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await ChooseAsync(visitor, "To be deleted", "Delete for everyone…");
        var dialog = visitor.Dialog("Delete this message for everyone?");
        await Expect(dialog).ToBeVisibleAsync();
        await survey.LookAtAsync("deletion, dialog open");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete for everyone" }).ClickAsync();
        await Expect(visitor.Message("Message deleted")).ToBeVisibleAsync();
        await visitor.Page.RouteAsync("**/api/messages/*/content", route => route.FulfillAsync(new() { Status = 409, Json = _conflict }));
        await ChooseAsync(visitor, "To be rejected", "Edit");
        await visitor.MessageField.FillAsync("Rejected");
        await visitor.Button("Save").ClickAsync();
        await Expect(visitor.Button("Discard")).ToBeVisibleAsync();
        await visitor.Page.UnrouteAllAsync();
        await ChooseAsync(visitor, "To be edited", "Edit");
        await visitor.MessageField.FillAsync("Edited");
        var messages = (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK).Data;
        await EditAsync(investor, messages[0].Id(), "Edited elsewhere");
        await Expect(visitor.Alert.Filter(new() { HasText = "newer text" })).ToBeVisibleAsync();
        await survey.LookAtAsync("an edit with a newer text, a rejected edit, a deleted message");
        await visitor.Button("Cancel").ClickAsync();
        await ChooseAsync(visitor, "Edited elsewhere", "Show earlier versions");
        await Expect(visitor.Dialog("Versions of this message").GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
        await survey.LookAtAsync("versions, dialog open");

        survey.ShouldHaveFoundNothing();
    }

    private static readonly object _conflict = new
    {
        type = "urn:cleanmessaging:problem:message.edit_conflict",
        title = "The message was edited since the version that you saw.",
        status = 409,
        success = false,
        code = "message.edit_conflict",
        traceId = "t",
        retryable = false,
        version = 1,
    };

    private static ILocator Item(Visitor visitor, string name) =>
        visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true });

    private static async Task OpenMenuAsync(Visitor visitor, string text)
    {
        await visitor.Message(text).Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await Expect(Item(visitor, "Copy text")).ToBeVisibleAsync();
    }

    private static async Task ChooseAsync(Visitor visitor, string text, string item)
    {
        await OpenMenuAsync(visitor, text);
        await Item(visitor, item).ClickAsync();
    }

    private static async Task<Guid> IdOfAsync(TestUser user, Guid conversationId)
    {
        IReadOnlyList<Guid> ids = [];
        await Eventually.TrueAsync(
            async () =>
            {
                var page = (await user.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK).Data;
                ids = [.. page.EnumerateArray().Select(message => message.Id())];

                return ids.Count == 1;
            },
            "There is no message.");

        return ids[0];
    }

    private static async Task EditAsync(TestUser user, Guid messageId, string content) =>
        (await user.PutAsync($"/api/messages/{messageId}/content", new { content, version = 0 })).Expect(HttpStatusCode.OK);
}
