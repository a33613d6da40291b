using System.Net;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests replies: how a user begins one, what both users see of the quoted message, and the jump to it.</summary>
public sealed class ReplyTests(Stage stage) : WebTests(stage)
{
    private const string Unavailable = "No longer available";

    [Fact]
    public async Task Reply_ByTheMenu_QuotesTheMessageAsItIsNowForBoth()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("How many <b>users</b>?");
        await ChooseReplyAsync(scene.Startup, "How many <b>users</b>?");
        await Expect(Notice(scene.Startup)).ToContainTextAsync($"Replying to {scene.InvestorUser.DisplayName}");
        await Expect(Notice(scene.Startup)).ToContainTextAsync("How many <b>users</b>?");
        await Expect(scene.Startup.MessageField).ToBeFocusedAsync();

        await scene.Startup.SendAsync("Twelve thousand");

        await Expect(Notice(scene.Startup)).ToHaveCountAsync(0);
        await Expect(Quote(scene.Startup, "Twelve thousand")).ToHaveAccessibleNameAsync($"In reply to {scene.InvestorUser.DisplayName} How many <b>users</b>?");
        await Expect(Quote(scene.Investor, "Twelve thousand")).ToHaveAccessibleNameAsync("In reply to You How many <b>users</b>?");
        var question = (await PageAsync(scene.InvestorUser, scene.ConversationId))[0];
        (await scene.InvestorUser.PutAsync($"/api/messages/{question.Id()}/content", new { content = "How many customers?", version = 0 })).Expect(HttpStatusCode.OK);
        foreach (var visitor in new[] { scene.Investor, scene.Startup })
        {
            await Expect(Quote(visitor, "Twelve thousand")).ToContainTextAsync("How many customers?");
            await Expect(Quote(visitor, "Twelve thousand")).ToContainTextAsync("edited");
        }

        (await scene.InvestorUser.DeleteAsync($"/api/messages/{question.Id()}")).Expect(HttpStatusCode.OK);
        await ShouldBeUnavailableAsync();
        await Task.WhenAll(scene.Investor.ReloadAsync(), scene.Startup.ReloadAsync());
        await ShouldBeUnavailableAsync();

        async Task ShouldBeUnavailableAsync()
        {
            foreach (var visitor in new[] { scene.Investor, scene.Startup })
            {
                await Expect(visitor.Message("Twelve thousand")).ToContainTextAsync(Unavailable);
                await Expect(Quote(visitor, "Twelve thousand")).ToHaveCountAsync(0);
                await Expect(visitor.Page.GetByText("How many customers?")).ToHaveCountAsync(0);
            }
        }
    }

    [LongFact]
    public async Task Reply_ByTheKey_BeginsAndEscapeEndsIt()
    {
        var scene = await MeetAsync();
        await scene.Startup.SendAsync("Hello");
        var row = scene.Investor.Message("Hello");
        await Expect(row).ToBeVisibleAsync();
        var keyboard = scene.Investor.Page.Keyboard;

        // Tab updates the focusable row.
        await keyboard.PressAsync("Shift+Tab");
        await row.FocusAsync();
        await keyboard.PressAsync("r");
        await Expect(Notice(scene.Investor)).ToContainTextAsync("Hello");
        await Expect(scene.Investor.MessageField).ToBeFocusedAsync();
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("");
        await Expect(scene.Investor.MessageField).ToHaveAccessibleDescriptionAsync(new System.Text.RegularExpressions.Regex("Replying to"));
        await keyboard.TypeAsync("Are you there");
        await keyboard.PressAsync("Escape");
        await Expect(Notice(scene.Investor)).ToHaveCountAsync(0);
        await Expect(scene.Investor.MessageField).ToHaveValueAsync("Are you there");
        await keyboard.PressAsync("Enter");

        await Expect(scene.Startup.Message("Are you there")).ToBeVisibleAsync();
        await Expect(scene.Startup.Page.Locator(".quote")).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task Reply_BySwiping_BeginsOnlyAfterAMoveToTheRight()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor, Device.Phone);
        await visitor.OpenAsync(conversationId);
        var text = visitor.Message("Hello").Locator(".message-text");

        await SwipeAsync(right: 40, down: 0);
        await SwipeAsync(right: 70, down: 60);
        await SwipeAsync(right: -80, down: 0);
        await Expect(Notice(visitor)).ToHaveCountAsync(0);
        await SwipeAsync(right: 80, down: 5);

        await Expect(Notice(visitor)).ToContainTextAsync("Hello");
        await visitor.SendAsync("Good morning");
        await Expect(Quote(visitor, "Good morning")).ToContainTextAsync("Hello");

        async Task SwipeAsync(int right, int down)
        {
            foreach (var (name, part) in new[] { ("pointerdown", 0), ("pointermove", 1), ("pointermove", 2), ("pointermove", 4), ("pointerup", 4) })
            {
                await text.DispatchEventAsync(name, new
                {
                    pointerType = "touch",
                    pointerId = 7,
                    isPrimary = true,
                    bubbles = true,
                    clientX = 100 + (right * part / 4),
                    clientY = 300 + (down * part / 4),
                });
            }
        }
    }

    /// <summary>Tests that a draft keeps the reply over a reload, with its number only: the storage of the browser has no text of the message.</summary>
    [LongFact]
    public async Task Reply_NotSentYet_SurvivesAReloadAsANumber()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("A secret figure");
        await ChooseReplyAsync(scene.Startup, "A secret figure");
        await scene.Startup.MessageField.FillAsync("A draft");

        await scene.Startup.ReloadAsync();

        await Expect(Notice(scene.Startup)).ToContainTextAsync("A secret figure");
        await Expect(scene.Startup.MessageField).ToHaveValueAsync("A draft");
        (await scene.Startup.Page.EvaluateAsync<string>("JSON.stringify(localStorage)")).ShouldNotContain("A secret figure");
        await scene.Startup.Button("Cancel the reply").ClickAsync();
        await Expect(Notice(scene.Startup)).ToHaveCountAsync(0);
        await scene.Startup.ReloadAsync();
        await Expect(scene.Startup.MessageField).ToHaveValueAsync("A draft");
        await Expect(Notice(scene.Startup)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Reply_WrittenWhileTheMessageIsDeleted_SaysSoAndIsStillSent()
    {
        var scene = await MeetAsync();
        await scene.Investor.SendAsync("A secret figure");
        await ChooseReplyAsync(scene.Startup, "A secret figure");
        await scene.Startup.MessageField.FillAsync("My answer");
        var secret = (await PageAsync(scene.InvestorUser, scene.ConversationId))[0];

        (await scene.InvestorUser.DeleteAsync($"/api/messages/{secret.Id()}")).Expect(HttpStatusCode.OK);

        await Expect(Notice(scene.Startup)).ToContainTextAsync(Unavailable);
        await Expect(scene.Startup.Page.GetByText("A secret figure")).ToHaveCountAsync(0);
        await scene.Startup.SendButton.ClickAsync();
        await Expect(scene.Investor.Message("My answer")).ToContainTextAsync(Unavailable);
        await Expect(scene.Startup.SentMark("My answer").Or(scene.Startup.Message("My answer").GetByText("Read", new() { Exact = true }))).ToBeAttachedAsync();
    }

    /// <summary>Tests the instant of expiry on open pages: in the quote of a reply, and in the notice of a reply that is being written.</summary>
    [Fact]
    public async Task Quote_OfAMessageThatExpires_EndsOnOpenPagesAndInTheComposer()
    {
        var server = await StartServerAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "A secret figure", 1)).Expect(HttpStatusCode.Created);
        (await startup.PostAsync("/api/messages/send", new { conversationId, content = "My answer", replyToSequence = 1 })).Expect(HttpStatusCode.Created);
        var visitors = await Task.WhenAll(VisitAsync(investor), VisitAsync(startup));
        foreach (var visitor in visitors)
            await visitor.Context.Clock.InstallAsync();
        await Task.WhenAll(visitors.Select(visitor => visitor.OpenAsync(conversationId)));
        foreach (var visitor in visitors)
            await Expect(Quote(visitor, "My answer")).ToContainTextAsync("A secret figure");
        await visitors[1].Message("A secret figure").First.Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await visitors[1].Page.GetByRole(AriaRole.Menuitem, new() { Name = "Reply", Exact = true }).ClickAsync();
        await Expect(Notice(visitors[1])).ToContainTextAsync("A secret figure");
        await Expect(visitors[1].Message("My answer").GetByText("Read", new() { Exact = true })).ToBeAttachedAsync();

        await PassAsync(TimeSpan.FromHours(1), server, visitors);

        await Expect(Notice(visitors[1])).ToContainTextAsync(Unavailable);
        foreach (var visitor in visitors)
        {
            await Expect(visitor.Message("My answer")).ToContainTextAsync(Unavailable);
            await Expect(visitor.Page.GetByText("A secret figure")).ToHaveCountAsync(0);
        }
    }

    [LongFact]
    public async Task ShowQuoted_OfAMessageFarAbove_JumpsThereAndBackToTheNewest()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 600);
        (await startup.PostAsync("/api/messages/send", new { conversationId, content = "My answer", replyToSequence = 200 })).Expect(HttpStatusCode.Created);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(startup);
        await visitor.OpenAsync(conversationId);

        await Quote(visitor, "My answer").ClickAsync();

        var quoted = visitor.Log.Locator(".message").Filter(new() { HasTextRegex = new("Filled 200\\b") });
        await Expect(quoted).ToBeInViewportAsync();
        await Expect(quoted).ToBeFocusedAsync();
        await Expect(visitor.Log.GetByText("Filled 199", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(visitor.Log.GetByText("My answer")).ToHaveCountAsync(0);
        await visitor.Button("Go to the newest message").ClickAsync();
        await Expect(visitor.Message("My answer")).ToBeInViewportAsync();
    }

    [LongFact]
    public async Task ShowQuoted_OfALoadedMessage_PointsItOutForAMoment()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 40);
        (await startup.PostAsync("/api/messages/send", new { conversationId, content = "My answer", replyToSequence = 3 })).Expect(HttpStatusCode.Created);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(startup);
        await visitor.OpenAsync(conversationId);

        await Quote(visitor, "My answer").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");

        var quoted = visitor.Log.Locator(".message.pointed-out");
        await Expect(quoted).ToContainTextAsync("Filled 3");
        await Expect(quoted).ToBeInViewportAsync();
        await Expect(quoted).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task Quote_OfALongMessageOnANarrowScreen_HasTwoLinesAndNothingScrollsSideways()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        foreach (var text in new[] { new string('w', 900), string.Concat(Enumerable.Repeat("Many words and\nlines. ", 60)) })
            (await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        foreach (var number in new[] { 1, 2 })
            (await startup.PostAsync("/api/messages/send", new { conversationId, content = $"Answer {number} {new string('x', 300)}", replyToSequence = number })).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor, Device.Narrow);
        await visitor.OpenAsync(conversationId);
        await visitor.Message("Answer 1").Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Reply", Exact = true }).ClickAsync();
        await Expect(Notice(visitor)).ToContainTextAsync("Answer 1");

        // Two lines, and the button next to them.
        (await Notice(visitor).EvaluateAsync<double>("notice => notice.clientHeight")).ShouldBeLessThan(60);
        (await visitor.Page.EvaluateAsync<double>(
            "Math.max(...[...document.querySelectorAll('.quote-text')].map(e => e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)))"))
            .ShouldBeLessThan(2.2);
        (await visitor.Page.EvaluateAsync<bool>(
            "[document.documentElement, ...document.querySelectorAll('body, main, [role=log]')].every(e => e.scrollWidth <= e.clientWidth + 1)"))
            .ShouldBeTrue();
    }

    [LongFact]
    public async Task Replies_InEveryState_HaveNoAccessibilityFault()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        foreach (var text in new[] { "To be quoted", "To be deleted", "To be edited" })
            (await investor.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        foreach (var (user, number) in new[] { (startup, 1), (investor, 1), (startup, 2), (investor, 2), (startup, 3), (investor, 3) })
            (await user.PostAsync("/api/messages/send", new { conversationId, content = $"Answer to {number}", replyToSequence = number })).Expect(HttpStatusCode.Created);
        var page = await PageAsync(investor, conversationId);
        (await investor.DeleteAsync($"/api/messages/{page[1].Id()}")).Expect(HttpStatusCode.OK);
        (await investor.PutAsync($"/api/messages/{page[2].Id()}/content", new { content = "Edited", version = 0 })).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor);
        var survey = new AxeSurvey(visitor);
        await visitor.OpenAsync(conversationId);
        await Expect(visitor.Page.Locator("button.quote")).ToHaveCountAsync(4);

        await visitor.Page.Locator(".message-text").First.ClickAsync(new() { Button = MouseButton.Right });
        await survey.LookAtAsync("quotes and the menu");
        await visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Reply", Exact = true }).ClickAsync();
        await Expect(Notice(visitor)).ToContainTextAsync("To be quoted");
        await survey.LookAtAsync("a reply that is being written");
        await visitor.Page.Locator("button.quote").First.ClickAsync();
        await Expect(visitor.Log.Locator(".message.pointed-out")).ToHaveCountAsync(1);
        await survey.LookAtAsync("a message that is pointed out");

        survey.ShouldHaveFoundNothing();
    }

    private static ILocator Notice(Visitor visitor) => visitor.Page.Locator("#reply-notice");

    /// <summary>Returns the button with the quoted message of a reply.</summary>
    private static ILocator Quote(Visitor visitor, string reply) => visitor.Message(reply).Locator("button.quote");

    private static async Task ChooseReplyAsync(Visitor visitor, string text)
    {
        await visitor.Message(text).Locator(".message-text").ClickAsync(new() { Button = MouseButton.Right });
        await visitor.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Reply", Exact = true }).ClickAsync();
        await Expect(Notice(visitor)).ToBeVisibleAsync();
    }

    private static async Task<IReadOnlyList<System.Text.Json.JsonElement>> PageAsync(TestUser user, Guid conversationId) =>
        [.. (await user.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK).Data.EnumerateArray()];
}
