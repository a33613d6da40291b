using System.Net;

namespace CleanMessaging.Web.Tests.Conversations;

/// <summary>Tests the menu of a row in the list of conversations: the user changes a conversation without opening and reading it.</summary>
public sealed class RowMenuTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task OpenRowMenu_WithARightClick_ChangesAConversationThatStaysUnread()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Not read")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        var row = visitor.ConversationWith(startup);

        await row.ClickAsync(new() { Button = MouseButton.Right });
        await Item(visitor, "Mute always").ClickAsync();
        await Expect(row).ToContainTextAsync("Muted");
        await Expect(row).ToBeFocusedAsync();

        // The button in place of the time is shown for the pointer and the keyboard only.
        await visitor.Heading.HoverAsync();
        await Expect(row.Locator("time")).ToHaveCSSAsync("opacity", "1");
        await row.ClickAsync(new() { Button = MouseButton.Right });
        await Item(visitor, "Archive until the next message").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Archive" }).ClickAsync();
        var archived = visitor.Page.GetByRole(AriaRole.List, new() { Name = "Archived conversations" }).GetByRole(AriaRole.Link);
        await Expect(archived).ToContainTextAsync("1 unread");
        await archived.ClickAsync(new() { Button = MouseButton.Right });
        await Item(visitor, "Delete conversation…").ClickAsync();
        var question = visitor.Dialog("Delete this conversation for you?");
        await Expect(question).ToContainTextAsync(startup.DisplayName);
        await question.GetByRole(AriaRole.Button, new() { Name = "Delete conversation" }).ClickAsync();

        await Expect(archived).ToHaveCountAsync(0);
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
        (await Server.QueryAsync<long>(
            $"SELECT last_read_sequence FROM participants WHERE conversation_id = '{conversationId}' AND user_id = '{investor.Id}'")).ShouldBe(0);
    }

    [LongFact]
    public async Task OpenRowMenu_WithTheKeyboard_ArchivesAndPassesTheFocusToTheNextRow()
    {
        var (investor, startup, _) = await Server.RegisterPairAsync();
        var another = await Server.RegisterStartupAsync();
        await investor.ConversationWithAsync(another);
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        var keyboard = visitor.Page.Keyboard;
        await visitor.ConversationWith(another).FocusAsync();

        await keyboard.PressAsync("Tab");
        await Expect(visitor.Button($"Actions for {another.DisplayName}")).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Expect(Item(visitor, "Pin")).ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await Expect(Item(visitor, "Pin")).ToBeHiddenAsync();
        await Expect(visitor.Button($"Actions for {another.DisplayName}")).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Expect(Item(visitor, "Pin")).ToBeFocusedAsync();
        for (var step = 0; step < 5; step++)
            await keyboard.PressAsync("ArrowDown");
        await Expect(Item(visitor, "Keep archived after new messages")).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");

        await Expect(visitor.ConversationWith(another)).ToHaveCountAsync(0);
        await Expect(visitor.ConversationWith(startup)).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task UndoArchive_OfAPinnedConversationWithTheKeyboard_RestoresItWithItsPin()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await investor.PutAsync($"/api/conversations/{conversationId}/pin")).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await visitor.ConversationWith(startup).ClickAsync(new() { Button = MouseButton.Right });

        await Item(visitor, "Archive until the next message").ClickAsync();
        await Expect(visitor.ConversationWith(startup)).ToHaveCountAsync(0);
        await Expect(visitor.Heading).ToHaveTextAsync(startup.DisplayName);
        await visitor.Button("Undo").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");

        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("Pinned");
        await Expect(visitor.Button("Undo")).ToHaveCountAsync(0);
        await Expect(visitor.Heading).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task OpenRowMenu_ByALongPress_FollowsNoLink()
    {
        var (investor, startup, _) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor, Device.Phone);
        await visitor.GoAsync("/messages");
        var row = visitor.ConversationWith(startup);

        await row.DispatchEventAsync("pointerdown", new { pointerType = "touch", bubbles = true, clientX = 200, clientY = 150 });
        await Expect(Item(visitor, "Pin")).ToBeVisibleAsync();
        await row.DispatchEventAsync("click", new { bubbles = true, cancelable = true });
        await Item(visitor, "Pin").ClickAsync();

        await Expect(row).ToContainTextAsync("Pinned");
        await Expect(visitor.Heading).ToHaveTextAsync("Messages");
    }

    [LongFact]
    public async Task RowMenu_OnAnyScreen_HasNoAccessibilityFault()
    {
        var (investor, startup, _) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor, Device.Narrow);
        var survey = new AxeSurvey(visitor);
        await visitor.GoAsync("/messages");

        await visitor.Button($"Actions for {startup.DisplayName}").ClickAsync();
        await Expect(Item(visitor, "Delete conversation…")).ToBeInViewportAsync(new() { Ratio = 1 });
        (await visitor.Page.EvaluateAsync<bool>(
            "[document.documentElement, ...document.querySelectorAll('body, main, ul')].every(e => e.scrollWidth <= e.clientWidth + 1)"))
            .ShouldBeTrue();
        await survey.LookAtAsync("menu of a row");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await survey.LookAtAsync("list of conversations");

        survey.ShouldHaveFoundNothing();
    }

    private static ILocator Item(Visitor visitor, string name) =>
        visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true });
}
