using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Search;

/// <summary>Tests the search in messages: in all conversations and in one, and the jump to what was found.</summary>
public sealed class MessageSearchTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task FindMessage_InAllConversations_JumpsToItAndKeepsTheQueryOutOfTheBrowser()
    {
        var investor = await Server.RegisterInvestorAsync();
        var (first, second) = (await Server.RegisterStartupAsync(), await Server.RegisterStartupAsync());
        var (ofFirst, ofSecond) = (await investor.ConversationWithAsync(first), await investor.ConversationWithAsync(second));
        await Server.FillAsync(ofFirst, first.Id, 150);
        (await first.SendAsync(ofFirst, "The velvet term sheet")).Expect(HttpStatusCode.Created);
        await Server.FillAsync(ofFirst, first.Id, 150);
        (await investor.SendAsync(ofSecond, "No Velvet here")).Expect(HttpStatusCode.Created);
        (await investor.MarkReadAsync(ofFirst)).Expect(HttpStatusCode.OK);
        var visitor = await VisitAsync(investor);
        await visitor.GoAsync("/messages");
        await Expect(visitor.Conversations).ToHaveCountAsync(2);

        await visitor.Page.Keyboard.PressAsync("Control+Shift+F");
        await Expect(visitor.SearchBox()).ToBeFocusedAsync();
        await Expect(visitor.SearchPanel()).ToContainTextAsync("Type at least three characters.");
        await visitor.Page.Keyboard.TypeAsync("velvet");

        await Expect(visitor.Hits()).ToHaveCountAsync(2);
        await Expect(visitor.SearchStatus()).ToContainTextAsync("2 messages found.");
        await Expect(visitor.SearchPanel().GetByRole(AriaRole.Heading, new() { Name = "Today" })).ToBeVisibleAsync();
        await Expect(visitor.Hits().First).ToContainTextAsync("You: No Velvet here");
        await Expect(visitor.Hits().First).ToContainTextAsync(second.DisplayName);
        await Expect(visitor.Hits().Last.Locator("mark")).ToHaveTextAsync("velvet");
        await visitor.Hits().Last.ClickAsync();

        await Expect(visitor.Heading).ToHaveTextAsync(first.DisplayName);
        await Expect(visitor.Message("The velvet term sheet")).ToBeFocusedAsync();
        await Expect(visitor.Message("The velvet term sheet")).ToBeInViewportAsync();
        await Expect(visitor.Log.GetByText("Filled 150", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(visitor.Button("Go to the newest message")).ToBeVisibleAsync();
        (await visitor.Page.EvaluateAsync<bool>("/velvet/i.test(location.href + JSON.stringify(history.state) + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }))"))
            .ShouldBeFalse();
        await visitor.SearchBox().PressAsync("Escape");
        await Expect(visitor.Conversations).ToHaveCountAsync(2);
        await Expect(visitor.SearchBox()).ToHaveValueAsync("");
    }

    [Fact]
    public async Task FindMessage_InOneConversationWithTheKeyboard_ReturnsTheFocusAfterEscape()
    {
        var investor = await Server.RegisterInvestorAsync();
        var (startup, other) = (await Server.RegisterStartupAsync(), await Server.RegisterStartupAsync());
        var conversationId = await investor.ConversationWithAsync(startup);
        (await other.SendAsync(await investor.ConversationWithAsync(other), "Velvet elsewhere")).Expect(HttpStatusCode.Created);
        (await startup.SendAsync(conversationId, "Velvet from them")).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Velvet from me")).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        var (button, keyboard) = (visitor.Page.Locator(".chat-search"), visitor.Page.Keyboard);

        await button.FocusAsync();
        await keyboard.PressAsync("Enter");
        await Expect(visitor.SearchBox()).ToBeFocusedAsync();
        await keyboard.TypeAsync("velvet");
        await Expect(visitor.Hits()).ToHaveCountAsync(2);
        await keyboard.PressAsync("ArrowDown");
        await Expect(visitor.Hits().First).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowDown");
        await Expect(visitor.Hits().Last).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowUp");
        await keyboard.PressAsync("ArrowUp");
        await Expect(visitor.SearchBox()).ToBeFocusedAsync();
        await visitor.Button("Filters").ClickAsync();
        await visitor.SearchPanel().GetByLabel("From").SelectOptionAsync(startup.DisplayName);
        await Expect(visitor.Hits()).ToHaveCountAsync(1);
        await visitor.SearchBox().FocusAsync();
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("Enter");

        await Expect(visitor.Message("Velvet from them")).ToBeFocusedAsync();
        await Expect(visitor.PointedOut()).ToContainTextAsync("Velvet from them");
        await button.FocusAsync();
        await keyboard.PressAsync("Enter");
        await Expect(visitor.SearchBox()).ToHaveValueAsync("velvet");
        await keyboard.PressAsync("Escape");
        await Expect(button).ToBeFocusedAsync();
        await Expect(visitor.Conversations).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task Search_ThatTheServerStops_GoesOnByItselfAndThenWhenAsked()
    {
        var scene = await OpenAsInvestorAsync();
        (await scene.StartupUser.SendAsync(scene.ConversationId, "Found at last")).Expect(HttpStatusCode.Created);
        var visitor = scene.Investor;
        var requests = 0;
        await visitor.Page.RouteAsync(SearchSteps.Address, route => Interlocked.Increment(ref requests) <= 5
            ? route.FulfillAsync(new() { Json = new { success = true, data = Array.Empty<object>(), page = new { nextCursor = "c", searchedBackTo = "2026-03-01T12:00:00Z", isComplete = false } } })
            : route.FallbackAsync(new() { PostData = System.Text.Encoding.UTF8.GetBytes("""{"query":"at last"}""") }));

        await visitor.SearchBox().FillAsync("at last");
        await Expect(visitor.SearchPanel()).ToContainTextAsync("Searched back to 1 Mar 2026.");
        Volatile.Read(ref requests).ShouldBe(5);
        await Expect(visitor.Hits()).ToHaveCountAsync(0);
        await visitor.Button("Search further").ClickAsync();

        await Expect(visitor.Hits()).ToHaveCountAsync(1);
        await Expect(visitor.Button("Search further")).ToHaveCountAsync(0);
        await Expect(visitor.SearchPanel().Locator(".search-results")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task ShowHits_WhoseMessagesExpireOrAreDeletedOrEdited_RemovesOrChangesThem()
    {
        var investor = await Server.RegisterInvestorAsync();
        var startup = await Server.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);
        var ids = new Dictionary<string, Guid>();
        foreach (var text in (string[])["Velvet expires", "Velvet goes", "Velvet changes", "Velvet stays", "Velvet is hidden"])
            ids[text] = (await startup.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created).Data.Id();
        var visitor = await VisitAsync(investor);
        await visitor.Page.RouteAsync(SearchSteps.Address, async route =>
        {
            var answer = await route.FetchAsync();
            var body = JsonNode.Parse(await answer.TextAsync())!;
            foreach (var message in body["data"]!.AsArray().Select(hit => hit!["message"]!))
            {
                if (message["content"]!.GetValue<string>() == "Velvet expires")
                    message["expiresAt"] = DateTimeOffset.UtcNow.AddSeconds(3).ToString("O");
            }

            await route.FulfillAsync(new() { Response = answer, Body = body.ToJsonString() });
        });
        await visitor.GoAsync("/messages");
        await visitor.SearchBox().FillAsync("velvet");
        await Expect(visitor.Hits()).ToHaveCountAsync(5);

        await Expect(visitor.Hits().Filter(new() { HasText = "Velvet expires" })).ToHaveCountAsync(0);
        (await startup.DeleteMessageAsync(ids["Velvet goes"])).Expect(HttpStatusCode.OK);
        await Expect(visitor.Hits().Filter(new() { HasText = "Velvet goes" })).ToHaveCountAsync(0);
        (await startup.PutAsync($"/api/messages/{ids["Velvet changes"]}/content", new { content = "Velvet has changed", version = 0 })).Expect(HttpStatusCode.OK);
        await Expect(visitor.Hits().Filter(new() { HasText = "Velvet has changed" }).Locator("mark")).ToHaveTextAsync("Velvet");
        (await startup.PutAsync($"/api/messages/{ids["Velvet changes"]}/content", new { content = "Silk", version = 1 })).Expect(HttpStatusCode.OK);
        await Expect(visitor.Hits().Filter(new() { HasText = "changed" })).ToHaveCountAsync(0);
        (await investor.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { ids["Velvet is hidden"] } })).Expect(HttpStatusCode.OK);
        await Expect(visitor.Hits().Filter(new() { HasText = "hidden" })).ToHaveCountAsync(0);
        await Expect(visitor.Hits()).ToHaveTextAsync([new Regex("Velvet stays")]);
    }

    [Fact]
    public async Task Search_OnABusyServer_SaysWhenToTryAgainAndKeepsTheText()
    {
        var scene = await OpenAsInvestorAsync();
        (await scene.StartupUser.SendAsync(scene.ConversationId, "Velvet")).Expect(HttpStatusCode.Created);
        var visitor = scene.Investor;
        visitor.Allow("status of 503");
        await visitor.Page.RouteAsync(SearchSteps.Address, route => route.FulfillAsync(new()
        {
            Status = 503,
            Json = new { type = "x", title = "Busy.", status = 503, success = false, code = "server.busy", traceId = "t", retryable = true, retryAfter = 7 },
        }));

        await visitor.SearchBox().FillAsync("velvet");
        await Expect(visitor.Alert.Filter(new() { HasText = "The server is busy. Try again in 7 seconds." })).ToBeVisibleAsync();
        await visitor.Page.UnrouteAllAsync();
        await visitor.Button("Try again").ClickAsync();

        await Expect(visitor.Hits()).ToHaveCountAsync(1);
        await Expect(visitor.Alert.Filter(new() { HasText = "busy" })).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task SearchHere_OnAPhone_CoversTheConversationUntilAMessageIsChosen()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Velvet")).Expect(HttpStatusCode.Created);
        await Server.FillAsync(conversationId, startup.Id, 120);
        var visitor = await VisitAsync(investor, Device.Phone);
        await visitor.OpenAsync(conversationId);

        await visitor.SearchHereAsync();
        await Expect(visitor.Log).ToHaveCountAsync(0);
        await visitor.SearchBox().FillAsync("velvet");
        await visitor.Hits().TapAsync();

        await Expect(visitor.Message("Velvet")).ToBeInViewportAsync();
        await Expect(visitor.Message("Velvet")).ToBeFocusedAsync();
        await Expect(visitor.SearchBox()).ToHaveCountAsync(0);
        await visitor.SearchHereAsync();
        await Expect(visitor.Hits()).ToHaveCountAsync(1);
        await visitor.Button("Close the search").TapAsync();
        await Expect(visitor.Log).ToBeVisibleAsync();
        await Expect(visitor.Button("Conversation actions")).ToBeFocusedAsync();
    }

    [LongFact]
    public async Task Search_WithoutANetwork_IsRepeatedWhenItIsBack()
    {
        var scene = await OpenAsInvestorAsync();
        (await scene.StartupUser.SendAsync(scene.ConversationId, "Velvet")).Expect(HttpStatusCode.Created);
        var visitor = scene.Investor;
        visitor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");

        await visitor.Context.SetOfflineAsync(true);
        await visitor.SearchBox().FillAsync("velvet");
        await Expect(visitor.Alert.Filter(new() { HasText = "The messages were not searched: you are offline." })).ToBeVisibleAsync();
        await visitor.Context.SetOfflineAsync(false);

        await Expect(visitor.Hits()).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Search_InEveryState_HasNoAccessibilityFault()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        foreach (var text in (string[])["Velvet and silk", new string('w', 200) + " velvet"])
            (await startup.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created);
        var visitor = await VisitAsync(investor);
        var survey = new AxeSurvey(visitor);
        await visitor.GoAsync("/messages");
        await visitor.Page.Keyboard.PressAsync("Control+Shift+F");
        await Expect(visitor.SearchPanel()).ToContainTextAsync("Type at least three characters.");
        await survey.LookAtAsync("search, nothing typed");
        await visitor.SearchBox().FillAsync("velvet");
        await Expect(visitor.Hits()).ToHaveCountAsync(2);
        await survey.LookAtAsync("search, results");
        await visitor.SearchBox().FillAsync("no such words");
        await Expect(visitor.SearchPanel().Locator(".empty")).ToHaveTextAsync("No messages found.");
        await survey.LookAtAsync("search, nothing found");
        await visitor.OpenAsync(conversationId);
        await visitor.SearchHereAsync();
        await visitor.Button("Filters").ClickAsync();
        await visitor.SearchPanel().GetByLabel("With files").CheckAsync();
        await visitor.SearchBox().FillAsync("velvet");
        await Expect(visitor.SearchPanel().Locator(".empty")).ToBeVisibleAsync();
        await survey.LookAtAsync("search in a conversation, filters");

        survey.ShouldHaveFoundNothing();
    }
}
