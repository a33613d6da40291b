using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Messages;

public sealed class HistoryTests(Stage stage) : WebTests(stage)
{
    private const int Total = 300;
    private const int OpeningSize = 50;
    private const int PageSize = 100;

    /// <summary>Script that records the position of a row within the message list after every paint.</summary>
    private const string WatchRow =
        """
        (row, log) => {
            const offset = () => row.getBoundingClientRect().top - log.getBoundingClientRect().top;
            const offsets = window.offsets = [offset()];
            const note = () => offsets === window.offsets && requestAnimationFrame(() => setTimeout(() => { offsets.push(offset()); note(); }));
            note();
        }
        """;

    [Fact]
    public async Task ReadHistory_OfSeveralHundredMessages_PagesUpwardsWithoutMovingWhatIsRead()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, Total);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await Expect(visitor.Log.GetByText($"Filled {Total}", new() { Exact = true })).ToBeInViewportAsync();

        using var gate = new SemaphoreSlim(0);
        await visitor.Page.RouteAsync("**/api/messages?*before=*", async route =>
        {
            await gate.WaitAsync();
            await route.ContinueAsync();
        });
        var log = await visitor.Log.ElementHandleAsync();
        await visitor.Log.HoverAsync();
        for (var first = Total - OpeningSize + 1; first > 1; first -= PageSize)
        {
            // Delays the request, so that the reader reaches the top before the response arrives.
            await visitor.Page.RunAndWaitForRequestAsync(
                () => visitor.Page.Mouse.WheelAsync(0, -100_000), request => request.Url.Contains("before=", StringComparison.Ordinal));
            var top = visitor.Log.GetByText($"Filled {first}", new() { Exact = true });
            await Expect(top).ToBeInViewportAsync();
            await top.EvaluateAsync(WatchRow, log);

            gate.Release();

            await Expect(visitor.Log.GetByText($"Filled {Math.Max(1, first - PageSize)}", new() { Exact = true })).ToBeAttachedAsync();
            var offsets = await visitor.Page.EvaluateAsync<double[]>(
                "() => new Promise(done => setTimeout(() => done(window.offsets), 100))");
            offsets.Length.ShouldBeGreaterThan(2);
            offsets.Select(offset => Math.Abs(offset - offsets[0])).Max().ShouldBeLessThanOrEqualTo(1.5, $"above message {first}");
        }

        await visitor.Page.Mouse.WheelAsync(0, -100_000);
        await Expect(visitor.Log.GetByText("This is the beginning of your conversation")).ToBeInViewportAsync();
        var texts = await visitor.Log.GetByText("Filled").AllInnerTextsAsync();
        texts.ShouldBe(Enumerable.Range(1, Total).Select(number => string.Create(CultureInfo.InvariantCulture, $"Filled {number}")));
    }

    [Fact]
    public async Task ReceiveMessages_WhileReadingHistory_DoesNotScrollAndOffersTheNewOnes()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 100);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await Expect(visitor.Log.GetByText("Filled 100", new() { Exact = true })).ToBeInViewportAsync();
        await visitor.Log.HoverAsync();
        await visitor.Page.Mouse.WheelAsync(0, -700);
        await Expect(visitor.Button("Go to the newest message")).ToBeVisibleAsync();
        var before = await ScrollTopAsync(visitor);

        (await startup.SendAsync(conversationId, "The first news")).Expect(HttpStatusCode.Created);
        await Expect(visitor.Button("1 new message")).ToBeVisibleAsync();
        (await startup.SendAsync(conversationId, "The second news")).Expect(HttpStatusCode.Created);
        await Expect(visitor.Button("2 new messages")).ToBeVisibleAsync();

        (await ScrollTopAsync(visitor)).ShouldBe(before, tolerance: 1);
        await Expect(visitor.Message("The second news")).Not.ToBeInViewportAsync();
        await Expect(visitor.ConversationWith(startup)).ToContainTextAsync("2 unread");
        await visitor.Button("2 new messages").ClickAsync();
        await Expect(visitor.Message("The second news")).ToBeInViewportAsync();
        await Expect(visitor.ConversationWith(startup)).Not.ToContainTextAsync("unread");
        await Expect(visitor.Button("Go to the newest message")).ToBeHiddenAsync();

        (await startup.SendAsync(conversationId, "The third news")).Expect(HttpStatusCode.Created);
        await Expect(visitor.Message("The third news")).ToBeInViewportAsync();
    }

    [Fact]
    public async Task OpenConversation_WithMoreUnreadThanFit_BeginsAtTheFirstUnreadOne()
    {
        var (investor, startup, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 20);
        await Server.FillAsync(conversationId, startup.Id, 25);
        var visitor = await VisitAsync(investor);

        await visitor.OpenAsync(conversationId);

        await Expect(visitor.Log.GetByText("New messages", new() { Exact = true })).ToBeInViewportAsync();
        await Expect(visitor.Log.GetByText("Filled 21", new() { Exact = true })).ToBeInViewportAsync();
        await Expect(visitor.Log.GetByText("Filled 45", new() { Exact = true })).Not.ToBeInViewportAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^[12][0-9] new messages$") }))
            .ToBeVisibleAsync();
    }

    [LongFact]
    public async Task ReadHistory_OfSeveralDays_StandsUnderTheNamesOfTheDays()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 4);
        await Server.ExecuteAsync(
            $"""
            UPDATE messages SET created_at = CASE sequence WHEN 1 THEN '2024-01-15 09:05Z' WHEN 2 THEN '2024-01-15 23:59Z' ELSE now() - interval '1 day' END
            WHERE conversation_id = '{conversationId}' AND sequence < 4
            """);
        var visitor = await VisitAsync(investor);

        await visitor.OpenAsync(conversationId);

        (await visitor.Log.GetByRole(AriaRole.Heading).AllInnerTextsAsync()).ShouldBe(["15 Jan 2024", "Yesterday", "Today"]);
        await Expect(visitor.Log.GetByRole(AriaRole.Region, new() { Name = "15 Jan 2024" }).GetByRole(AriaRole.Listitem))
            .ToContainTextAsync(["Filled 1", "Filled 2"]);
        await Expect(visitor.Log.GetByRole(AriaRole.Region, new() { Name = "Today" }).GetByRole(AriaRole.Listitem))
            .ToContainTextAsync(["Filled 4"]);
        await Expect(visitor.Message("Filled 1")).ToContainTextAsync("09:05");
    }

    [LongFact]
    public async Task ReadHistory_OfADay_ShowsItsNameOverMessagesOnlyWhileScrolling()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 30);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        var name = visitor.Log.GetByRole(AriaRole.Heading).First;

        await Expect(name).ToHaveCSSAsync("opacity", "0");
        (await visitor.Log.EvaluateAsync<string>(
            """
            async log => {
                log.scrollTop -= 100;
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                return getComputedStyle(log.querySelector('.day-name')).opacity;
            }
            """)).ShouldBe("1");
        await Expect(name).ToHaveCSSAsync("opacity", "0");

        await visitor.Log.EvaluateAsync("log => log.scrollTop = 0");
        await Expect(visitor.Log).Not.ToHaveClassAsync(new Regex("scrolling"));
        await Expect(name).ToHaveCSSAsync("opacity", "1");
    }

    private static Task<double> ScrollTopAsync(Visitor visitor) => visitor.Log.EvaluateAsync<double>("log => log.scrollTop");
}
