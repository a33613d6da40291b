using System.Net;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests that only messages that were on the screen count as read, and that the page opens at the first unread message.</summary>
public sealed class UnreadTests(Stage stage) : WebTests(stage)
{
    private const int Read = 40;

    /// <summary>
    /// Script that returns the number of the last row that is at least half visible; rows contain "Filled" and their sequence.
    /// </summary>
    private const string LastInView =
        """
        log => {
            const { top, bottom } = log.getBoundingClientRect();
            const rows = [...log.querySelectorAll('.message')].filter(row => {
                const box = row.getBoundingClientRect();
                return Math.min(box.bottom, bottom) - Math.max(box.top, top) >= box.height / 2;
            });
            return Number(rows.at(-1).textContent.match(/Filled (\d+)/)[1]);
        }
        """;

    /// <summary>Script that waits until the log has not scrolled, or changed its height, for half a second.</summary>
    private const string UntilStill =
        """
        async log => {
            const position = () => `${log.scrollTop} ${log.scrollHeight} ${log.clientHeight}`;
            for (let before = '', since = 0; performance.now() - since < 500;) {
                if (before !== position())
                    [before, since] = [position(), performance.now()];
                await new Promise(requestAnimationFrame);
            }
        }
        """;

    /// <summary>Script that reports the page as hidden, as for a background tab; an automated browser does not do this.</summary>
    private const string SetVisibility =
        """
        state => {
            Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }
        """;

    [LongTheory]
    [InlineData(80)]
    [InlineData(800)]
    public async Task OpenConversation_WithManyUnread_BeginsAtTheFirstAndMarksOnlyWhatIsOnTheScreen(int unread)
    {
        var (investor, startup, conversationId) = await FilledAsync(unread);
        var visitor = await VisitAsync(investor);

        await visitor.OpenAsync(conversationId);

        var line = visitor.Log.GetByText("New messages", new() { Exact = true });
        await Expect(line).ToBeInViewportAsync();
        (await RowAfterLineAsync(visitor)).ShouldContain($"Filled {Read + 1}");
        await Expect(Row(visitor, Read)).ToBeInViewportAsync();
        await Expect(visitor.Button("Go to the newest message").Or(visitor.Page.Locator("#to-end"))).ToContainTextAsync("new messages");
        await ShouldReadUpToTheLastInViewAsync(visitor, investor, conversationId);
        (await PointerAsync(investor, conversationId)).ShouldBeLessThan(Read + 20);
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("unread");
        (await RowAfterLineAsync(visitor)).ShouldContain($"Filled {Read + 1}", customMessage: "The line has moved.");
    }

    [LongFact]
    public async Task ScrollThroughUnread_ToTheEnd_MarksAllWithFewRequestsAndKeepsTheLine()
    {
        const int Unread = 80;
        var (investor, startup, conversationId) = await FilledAsync(Unread);
        var visitor = await VisitAsync(investor);
        var requests = 0;
        visitor.Page.Request += (_, request) => requests += request.Url.EndsWith("/api/messages/read", StringComparison.Ordinal) ? 1 : 0;
        await visitor.OpenAsync(conversationId);
        await visitor.Log.HoverAsync();

        // A row that leaves the screen before it counts as shown stays unread, and so does everything after it.
        await ShouldReadUpToTheLastInViewAsync(visitor, investor, conversationId);
        var pointers = new List<long>();

        while (!await visitor.Page.EvaluateAsync<bool>("() => "
            + "{ const log = document.querySelector('[role=log]'); return log.scrollHeight - log.scrollTop - log.clientHeight < 2 && !log.textContent.includes('later messages'); }"))
        {
            await visitor.Page.Mouse.WheelAsync(0, 250);

            // Starts when the page has drawn the rows; on a busy machine the test would otherwise scroll past rows that were never on the
            // screen.
            await visitor.Page.EvaluateAsync(
                "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 300))))");
            var last = await visitor.Log.EvaluateAsync<long>(LastInView);
            await Eventually.TrueAsync(
                async () => await PointerAsync(investor, conversationId) >= last, $"Message {last} is in view and not read.");
            pointers.Add(await PointerAsync(investor, conversationId));
        }

        await Eventually.TrueAsync(async () => await PointerAsync(investor, conversationId) == Read + Unread, "Not all is read.");
        pointers.ShouldBeInOrder();
        pointers.Distinct().Count().ShouldBeGreaterThan(3);
        requests.ShouldBeInRange(3, 30);
        await Expect(visitor.ConversationWith(startup)).Not.ToContainTextAsync("unread");
        (await RowAfterLineAsync(visitor)).ShouldContain($"Filled {Read + 1}");
    }

    [LongFact]
    public async Task GoToTheNewest_PastUnreadMessages_LeavesThemUnreadUntilTheyAreShownOrMarked()
    {
        const int Unread = 300;
        var (investor, startup, conversationId) = await FilledAsync(Unread);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        var seen = await ShouldReadUpToTheLastInViewAsync(visitor, investor, conversationId);

        await visitor.Page.Locator("#to-end").ClickAsync();
        await Expect(Row(visitor, Read + Unread)).ToBeInViewportAsync();
        await Expect(visitor.Page.GetByText("unread messages above")).ToBeVisibleAsync();
        await visitor.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 1500))");
        (await PointerAsync(investor, conversationId)).ShouldBe(seen);
        await Expect(visitor.Page.Locator("#to-end")).ToHaveCountAsync(0);

        await visitor.Button("Show the unread messages").ClickAsync();
        await Expect(Row(visitor, (int)seen + 1)).ToBeInViewportAsync();
        await Eventually.TrueAsync(async () => await PointerAsync(investor, conversationId) > seen, "Nothing is read.");
        (await PointerAsync(investor, conversationId)).ShouldBeLessThan(seen + 20);
        await visitor.Page.Locator("#to-end").ClickAsync();
        await visitor.Button("Mark all as read").ClickAsync();

        await Eventually.TrueAsync(async () => await PointerAsync(investor, conversationId) == Read + Unread, "Not all is read.");
        await Expect(visitor.Button("Mark all as read")).ToHaveCountAsync(0);
        await Expect(visitor.ConversationWith(startup)).Not.ToContainTextAsync("unread");
    }

    [LongFact]
    public async Task ReceiveMessages_WhileThePageIsHidden_AreMarkedOnceTheyAreShown()
    {
        var (investor, startup, conversationId) = await FilledAsync(unread: 0);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await Expect(Row(visitor, Read)).ToBeInViewportAsync();

        await visitor.Page.EvaluateAsync(SetVisibility, "hidden");
        for (var number = 1; number <= 40; number++)
        {
            await Server.FillAsync(conversationId, startup.Id, 1);
            if (number % 20 == 0)
                (await startup.SendAsync(conversationId, $"Filled {Read + number + (number / 20)}")).Expect(HttpStatusCode.Created);
        }

        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("42 unread");
        await Expect(visitor.Log.GetByText($"Filled {Read + 42}", new() { Exact = true })).ToBeAttachedAsync();
        await visitor.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 1000))");
        (await PointerAsync(investor, conversationId)).ShouldBe(Read);
        await visitor.Page.EvaluateAsync(SetVisibility, "visible");

        await Expect(visitor.Log.GetByText("New messages", new() { Exact = true })).ToBeInViewportAsync();
        (await RowAfterLineAsync(visitor)).ShouldContain($"Filled {Read + 1}");
        await ShouldReadUpToTheLastInViewAsync(visitor, investor, conversationId);
        (await PointerAsync(investor, conversationId)).ShouldBeLessThan(Read + 20);
    }

    [Fact]
    public async Task OpenConversation_InAHiddenPage_MarksNothingUntilItIsShown()
    {
        var (investor, startup, conversationId) = await FilledAsync(unread: 3);
        var visitor = await VisitAsync(investor);
        await visitor.Page.AddInitScriptAsync(
            "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });");

        await visitor.OpenAsync(conversationId);
        await Expect(Row(visitor, Read + 3)).ToBeAttachedAsync();
        await visitor.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 1000))");
        (await PointerAsync(investor, conversationId)).ShouldBe(Read);
        await visitor.Page.EvaluateAsync(SetVisibility, "visible");

        await Eventually.TrueAsync(async () => await PointerAsync(investor, conversationId) == Read + 3, "It is not read.");
        await Expect(visitor.ConversationWith(startup)).Not.ToContainTextAsync("unread");
    }

    [LongFact]
    public async Task SendMessage_BelowTheLine_TakesTheLineAway()
    {
        var (investor, _, conversationId) = await FilledAsync(unread: 3);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        var line = visitor.Log.GetByText("New messages", new() { Exact = true });
        await Eventually.TrueAsync(async () => await PointerAsync(investor, conversationId) == Read + 3, "It is not read.");
        await Expect(line).ToBeVisibleAsync();

        await visitor.SendAsync("An answer");

        await Expect(visitor.SentMark("An answer")).ToBeAttachedAsync();
        await Expect(line).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task SendMessage_AfterOneThatWasShownWhileReadReportsWait_MakesNoLine()
    {
        var (investor, startup, conversationId) = await FilledAsync(unread: 0);
        var visitor = await VisitAsync(investor);
        await visitor.Page.RouteAsync("**/api/messages/read", _ => Task.CompletedTask);
        await visitor.OpenAsync(conversationId);
        await Expect(Row(visitor, Read)).ToBeInViewportAsync();
        (await startup.SendAsync(conversationId, "Any news?")).Expect(HttpStatusCode.Created);
        await Expect(visitor.Message("Any news?")).ToBeInViewportAsync();
        await visitor.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 500))");

        await visitor.SendAsync("Not yet");

        await Expect(visitor.SentMark("Not yet")).ToBeAttachedAsync();
        await Expect(visitor.Log.GetByText("New messages", new() { Exact = true })).ToHaveCountAsync(0);
        (await PointerAsync(investor, conversationId)).ShouldBe(Read);
    }

    [LongFact]
    public async Task SendMessage_OfflineAmongUnreadMessages_WarnsOfNothingAndWaitsInTheList()
    {
        var (investor, startup, conversationId) = await FilledAsync(unread: 300);
        var visitor = await VisitAsync(investor);
        visitor.Allow("ERR_INTERNET_DISCONNECTED|/hubs/messaging");
        await visitor.OpenAsync(conversationId);
        await Expect(Row(visitor, Read + 1)).ToBeInViewportAsync();
        await visitor.Context.SetOfflineAsync(true);
        await Expect(visitor.Button("Retry now")).ToBeVisibleAsync();

        await visitor.SendAsync("From the train");

        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("Waiting: From the train");
        await Expect(visitor.Alert.Filter(new() { HasText = "could not be loaded" })).ToHaveCountAsync(0);
        await visitor.Context.SetOfflineAsync(false);
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("You: From the train");
    }

    [LongFact]
    public async Task CountUnread_OverMoreConversationsThanAreListed_CountsAllAndFallsOnEveryDevice()
    {
        const int Total = 62;
        var server = await StartServerAsync();
        var investor = await server.RegisterInvestorAsync();
        var startups = await Task.WhenAll(Enumerable.Range(0, Total).Select(_ => server.RegisterStartupAsync()));
        var conversations = new List<Guid>();
        foreach (var startup in startups)
        {
            conversations.Add(await investor.ConversationWithAsync(startup));
            (await startup.SendAsync(conversations[^1], "Unread")).Expect(HttpStatusCode.Created);
        }

        Visitor[] devices = [await VisitAsync(investor), await VisitAsync(investor)];
        foreach (var device in devices)
        {
            await device.GoAsync("/messages");
            await Expect(device.Page).ToHaveTitleAsync($"({Total}) Messages – CleanMessaging");
            await Expect(device.Page.GetByRole(AriaRole.Link, new() { Name = $"Messages {Total} unread" })).ToBeVisibleAsync();
        }

        // One conversation that neither device lists, read on another device, and one that is read here.
        (await investor.MarkReadAsync(conversations[0])).Expect(HttpStatusCode.OK);
        foreach (var device in devices)
            await Expect(device.Page).ToHaveTitleAsync($"({Total - 1}) Messages – CleanMessaging");
        await devices[0].ConversationWith(startups[^1]).ClickAsync();

        await Expect(devices[0].Page).ToHaveTitleAsync($"({Total - 2}) {startups[^1].DisplayName} – CleanMessaging");
        await Expect(devices[1].Page).ToHaveTitleAsync($"({Total - 2}) Messages – CleanMessaging");
    }

    /// <summary>Creates messages from the Startup, of which the Investor has read the first forty.</summary>
    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> FilledAsync(int unread)
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, startup.Id, Read);
        (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        await Server.FillAsync(conversationId, startup.Id, unread);

        return (investor, startup, conversationId);
    }

    private static ILocator Row(Visitor visitor, int number) => visitor.Log.GetByText($"Filled {number}", new() { Exact = true });

    private static Task<string> RowAfterLineAsync(Visitor visitor) =>
        visitor.Log.EvaluateAsync<string>("log => log.querySelector('.unread-line').nextElementSibling.textContent");

    /// <summary>Waits until the log no longer scrolls and the read pointer is at the last visible row, and verifies that it stays there.</summary>
    private async Task<long> ShouldReadUpToTheLastInViewAsync(Visitor visitor, TestUser reader, Guid conversationId)
    {
        await visitor.Log.EvaluateAsync(UntilStill);
        var last = await visitor.Log.EvaluateAsync<long>(LastInView);
        await Eventually.TrueAsync(async () => await PointerAsync(reader, conversationId) >= last, $"Message {last} is not read.");
        await visitor.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 1500))");
        (await PointerAsync(reader, conversationId)).ShouldBe(last);

        return last;
    }

    private Task<long> PointerAsync(TestUser reader, Guid conversationId) =>
        Server.QueryAsync<long>(
            $"SELECT last_read_sequence FROM participants WHERE conversation_id = '{conversationId}' AND user_id = '{reader.Id}'");
}
