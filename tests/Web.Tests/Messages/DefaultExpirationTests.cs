using System.Net;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests that both users set after how long messages disappear, and that a sender lets a message disappear sooner.</summary>
public sealed class DefaultExpirationTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task SetExpiration_ByOne_IsShownToBothAndAppliesToLaterMessages()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("Before");
        await Expect(scene.Investor.Message("Before")).ToBeVisibleAsync();

        await SetAsync(scene.Investor, "After 1 day");

        await ShouldSayAsync(scene.Investor, "set by you");
        await ShouldSayAsync(scene.Startup, $"set by {scene.InvestorUser.DisplayName}");
        await Task.WhenAll(scene.Investor.ReloadAsync(), scene.Startup.ReloadAsync());
        await ShouldSayAsync(scene.Investor, "set by you");
        await ShouldSayAsync(scene.Startup, $"set by {scene.InvestorUser.DisplayName}");

        await scene.Startup.SendAsync("By default");
        await Expiry(scene.Startup).SelectOptionAsync("Does not disappear");
        await scene.Startup.SendAsync("Stays here");
        await Expiry(scene.Startup).SelectOptionAsync("Disappears after 1 hour");
        await scene.Startup.SendAsync("Soon away");

        await Expect(scene.Investor.Message("By default")).ToContainTextAsync("Disappears in 23 h 59 min");
        await Expect(scene.Investor.Message("Soon away")).ToContainTextAsync("Disappears in 59:");
        await Expect(scene.Investor.Message("Stays here")).Not.ToContainTextAsync("Disappears");
        await Expect(scene.Investor.Message("Before")).Not.ToContainTextAsync("Disappears");

        await SetAsync(scene.Startup, "Never");
        await Expect(scene.Investor.Page.GetByText("New messages disappear after")).ToHaveCountAsync(0);
        await Expect(Expiry(scene.Investor)).ToHaveValueAsync("");
        await scene.Investor.ReloadAsync();
        await Expect(scene.Investor.Message("By default")).ToContainTextAsync("Disappears in 23 h 59 min");
    }

    [LongFact]
    public async Task SetExpiration_WhileTheOtherTypes_KeepsTheDraftAndShowsTheNewDefault()
    {
        var scene = await MeetAsync();
        await scene.Startup.MessageField.FillAsync("Still typing");

        await SetAsync(scene.Investor, "After 1 week");

        await Expect(Expiry(scene.Startup)).ToHaveValueAsync("default");
        await Expect(scene.Startup.MessageField).ToHaveValueAsync("Still typing");
        await Expiry(scene.Startup).SelectOptionAsync("Does not disappear");
        await scene.Startup.ReloadAsync();
        await Expect(Expiry(scene.Startup)).ToHaveValueAsync("");
        await Expect(scene.Startup.MessageField).ToHaveValueAsync("Still typing");
    }

    [LongFact]
    public async Task DisappearSooner_OfAnOwnMessage_IsShownToBoth()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("Hello");
        await Expect(scene.Startup.Message("Hello")).ToBeVisibleAsync();

        await OpenMenuAsync(scene.Startup, "Hello");
        await Expect(Item(scene.Startup, "Disappear…")).ToHaveCountAsync(0);
        await OpenMenuAsync(scene.Investor, "Hello");
        await Item(scene.Investor, "Disappear…").ClickAsync();
        var dialog = scene.Investor.Dialog("When should this message disappear?");
        await Expect(dialog.GetByRole(AriaRole.Button)).ToHaveTextAsync(["In 1 hour", "In 1 day", "In 1 week", "Cancel"]);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "In 1 day" }).ClickAsync();

        foreach (var visitor in new[] { scene.Investor, scene.Startup })
            await Expect(visitor.Message("Hello")).ToContainTextAsync("Disappears in 23 h 59 min");
        await OpenMenuAsync(scene.Investor, "Hello");
        await Item(scene.Investor, "Disappear sooner…").ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Button)).ToHaveTextAsync(["In 1 hour", "Cancel"]);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "In 1 hour" }).ClickAsync();
        await Expect(scene.Startup.Message("Hello")).ToContainTextAsync("Disappears in 59:");
        await OpenMenuAsync(scene.Investor, "Hello");
        await Expect(Item(scene.Investor, "Disappear sooner…")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task SendMessage_ThatStays_StaysWhenADefaultIsSetBeforeItIsSent()
    {
        var scene = await MeetAsync();
        scene.Investor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        await scene.Investor.Context.SetOfflineAsync(true);
        await scene.Investor.SendAsync("This stays");
        await Expect(scene.Investor.Message("This stays")).ToContainTextAsync("Waiting for a connection");

        (await scene.StartupUser.SetExpirationAsync(scene.ConversationId, 1)).Expect(HttpStatusCode.OK);
        await scene.Investor.Context.SetOfflineAsync(false);

        await Expect(scene.Startup.Message("This stays")).ToBeVisibleAsync();
        await Expect(scene.Startup.Message("This stays")).Not.ToContainTextAsync("Disappears");
        (await Server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{scene.ConversationId}' AND expires_at IS NOT NULL"))
            .ShouldBe(0);
    }

    [LongFact]
    public async Task SetExpiration_OnANarrowScreen_FitsAndNothingScrollsSideways()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        (await investor.SetExpirationAsync(conversationId, 8760)).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor, Device.Narrow);
        await visitor.OpenAsync(conversationId);

        await SetAsync(visitor, "After 1 week");

        await Expect(visitor.Page.GetByText("New messages disappear after 1 week, set by you", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".chat-expiry-short")).ToHaveTextAsync("1 week");
        await Expect(visitor.Page.Locator(".chat-expiry-short")).ToBeInViewportAsync(new() { Ratio = 1 });
        (await Expiry(visitor).EvaluateAsync<double>(
            "select => { const width = select.offsetWidth; select.style.maxWidth = 'none'; select.style.flex = 'none'; return select.offsetWidth - width; }"))
            .ShouldBe(0, "The text of the choice is cut.");
        (await visitor.Page.EvaluateAsync<bool>("(e => e.scrollWidth <= e.clientWidth + 1)(document.querySelector('.chat-expiry'))")).ShouldBeTrue();
        (await visitor.Page.EvaluateAsync<bool>(
            "[document.documentElement, ...document.querySelectorAll('body, main, [role=log]')].every(e => e.scrollWidth <= e.clientWidth + 1)"))
            .ShouldBeTrue();
    }

    [LongFact]
    public async Task Expiration_InEveryState_HasNoAccessibilityFault()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        (await investor.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor);
        var survey = new AxeSurvey(visitor);
        await visitor.OpenAsync(conversationId);
        await Expect(visitor.Page.GetByText("New messages disappear after 1 day, set by you", new() { Exact = true })).ToBeVisibleAsync();

        await survey.LookAtAsync("conversation with a default expiration");
        await visitor.Button("Disappearing messages").ClickAsync();
        await Expect(visitor.Dialog("Disappearing messages")).ToBeVisibleAsync();
        await survey.LookAtAsync("default expiration, dialog open");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(visitor.Dialog("Disappearing messages")).ToHaveCountAsync(0);
        await OpenMenuAsync(visitor, "Hello");
        await Item(visitor, "Disappear…").ClickAsync();
        await Expect(visitor.Dialog("When should this message disappear?")).ToBeVisibleAsync();
        await survey.LookAtAsync("earlier expiry, dialog open");

        survey.ShouldHaveFoundNothing();
    }

    private static async Task SetAsync(Visitor visitor, string choice)
    {
        await visitor.Button("Disappearing messages").ClickAsync();
        var dialog = visitor.Dialog("Disappearing messages");
        await dialog.GetByLabel("New messages disappear").SelectOptionAsync(choice);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
    }

    private static async Task ShouldSayAsync(Visitor visitor, string setBy)
    {
        await Expect(visitor.Page.GetByText($"New messages disappear after 1 day, {setBy}", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(Expiry(visitor)).ToHaveValueAsync("default");
        await Expect(Expiry(visitor).Locator("option:checked")).ToHaveTextAsync("Disappears after 1 day");
        await Expect(Expiry(visitor)).ToHaveAttributeAsync("title", $"For this conversation, {setBy}");
        await Expect(Expiry(visitor).GetByRole(AriaRole.Option, new() { Name = "Disappears after 1 day", Exact = true })).ToHaveCountAsync(1);
    }

    private static ILocator Expiry(Visitor visitor) => visitor.Page.GetByLabel("Disappears", new() { Exact = true });

    private static ILocator Item(Visitor visitor, string name) =>
        visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true });

    private static async Task OpenMenuAsync(Visitor visitor, string text)
    {
        await visitor.Message(text).Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await Expect(Item(visitor, "Copy text")).ToBeVisibleAsync();
    }
}
