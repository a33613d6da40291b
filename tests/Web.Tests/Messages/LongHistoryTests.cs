using System.Collections.Concurrent;
using System.Diagnostics;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>
/// Tests that a conversation stays responsive with any amount of loaded history. The limits apply to the processor time of the page's main
/// thread, which is the time a user waits on an idle machine. The limits of the elapsed time are wider, because it depends on the load of
/// the machine.
/// </summary>
public sealed class LongHistoryTests(Stage stage) : WebTests(stage)
{
    private const int Many = 5_000;
    private const int Few = 300;
    private const double KeyMaxMs = 30;

    /// <summary>The elapsed time up to which a user feels that a key is shown at once, in milliseconds.</summary>
    private const double KeyElapsedMaxMs = 100;

    private static readonly TimeSpan _loadMax = TimeSpan.FromSeconds(15);

    /// <summary>Measures each key from its event to the task after the next frame, in milliseconds.</summary>
    private const string MeasureKeys =
        """
        () => {
            window.keyTimes = [];
            addEventListener('keydown', event => {
                const at = event.timeStamp;
                requestAnimationFrame(() => {
                    const channel = new MessageChannel();
                    channel.port1.onmessage = () => window.keyTimes.push(performance.now() - at);
                    channel.port2.postMessage(0);
                });
            }, true);
        }
        """;

    private const string NextFrame = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))";

    private static readonly string _sentence = string.Concat(Enumerable.Repeat("words of a sentence ", 10));

    // Runs with no other test, because it measures time.
    [LongFact(DisableParallelization = true)]
    public async Task LoadHistory_OfFiveThousandMessages_TakesLinearTimeAndKeepsTypingQuick()
    {
        var few = await OpenAsync(Few);
        await LoadToTheBeginningAsync(few);
        var typingFew = await MeasureTypingAsync(few);
        var keyFew = await MeasureKeyWorkAsync(few);
        var many = await OpenAsync(Many);
        var thread = await MainThread.OfAsync(many);

        var before = await thread.GetTimeAsync();
        var loads = await LoadToTheBeginningAsync(many);
        var work = await thread.GetTimeAsync() - before;
        var typingMany = await MeasureTypingAsync(many);
        var keyMany = await MeasureKeyWorkAsync(many);

        var total = loads.Aggregate((sum, load) => sum + load);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Many} messages: {work.TotalSeconds:0.0} s of the processor, {total.TotalSeconds:0.0} s elapsed; a key with {Few}: {keyFew:0.0} ms, {typingFew:0.0} ms; with {Many}: {keyMany:0.0} ms, {typingMany:0.0} ms");
        work.ShouldBeLessThan(_loadMax);
        total.ShouldBeLessThan(_loadMax * 4);
        Median(loads.TakeLast(loads.Count / 3)).ShouldBeLessThan(Median(loads.Skip(loads.Count / 10).Take(loads.Count / 3)) * 2.5);
        keyMany.ShouldBeLessThan(KeyMaxMs);
        typingMany.ShouldBeLessThan(Math.Max(KeyElapsedMaxMs, typingFew * 2));
        (await many.Log.Locator(".message").CountAsync()).ShouldBeLessThan(1_000, "Rows that are far away are not in the page.");
    }

    [LongFact]
    public async Task ScrollThroughHistory_OfManyMessages_ShowsThemAllWithoutMovingWhatIsRead()
    {
        const int Total = 1_500;
        var visitor = await OpenAsync(Total);
        await LoadToTheBeginningAsync(visitor);
        await Expect(Row(visitor, Total)).ToHaveCountAsync(0);

        // Rows are added and removed during scrolling, and the visible rows move exactly by the distance of the wheel.
        for (var turn = 0; turn < 100; turn++)
        {
            var moved = await visitor.Log.EvaluateAsync<double>(
                """
                async log => {
                    const top = log.getBoundingClientRect().top;
                    const row = [...log.querySelectorAll('.message')].find(one => one.getBoundingClientRect().top > top + 400);
                    const before = row.getBoundingClientRect().top;
                    log.scrollBy(0, 300);
                    for (let frame = 0; frame < 5; frame++) {
                        await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                    }
                    return before - row.getBoundingClientRect().top;
                }
                """);
            moved.ShouldBe(300, tolerance: 1.5, $"turn {turn}");
        }

        var first = await visitor.Log.EvaluateAsync<int>(
            "log => Number(log.querySelector('.message').textContent.match(/Filled (\\d+)/)[1])");
        first.ShouldBeGreaterThan(1, "The rows at the beginning are not in the page any more.");
        var numbers = await visitor.Log.EvaluateAsync<int[]>(
            "log => [...log.querySelectorAll('.message')].map(row => Number(row.textContent.match(/Filled (\\d+)/)[1]))");
        numbers.ShouldBe(Enumerable.Range(first, numbers.Length));
    }

    [LongFact]
    public async Task DragTheScrollBar_FarAway_ShowsTheMessagesThere()
    {
        var visitor = await OpenAsync(1_500);
        await LoadToTheBeginningAsync(visitor);

        foreach (var part in (double[])[0.5, 0.9, 0.1, 1])
        {
            await visitor.Log.EvaluateAsync("(log, part) => { log.scrollTop = part * (log.scrollHeight - log.clientHeight); }", part);
            await Eventually.TrueAsync(
                async () => await visitor.Log.EvaluateAsync<int>(
                    "log => { const { top, bottom } = log.getBoundingClientRect(); return [...log.querySelectorAll('.message')].filter(row => row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom).length; }") > 5,
                $"Nothing is shown at {part}.");
        }

        await Expect(Row(visitor, 1_500)).ToBeInViewportAsync();
        await visitor.Log.EvaluateAsync("log => { log.scrollTop = 0; }");
        await Expect(Row(visitor, 1)).ToBeInViewportAsync();
    }

    [LongFact]
    public async Task GoToTheNewestMessage_FromTheBeginningOfALongHistory_ShowsItAndFollowsWhatComes()
    {
        var visitor = await OpenAsync(1_500);
        await LoadToTheBeginningAsync(visitor);

        await visitor.Button("Go to the newest message").ClickAsync();
        await Expect(Row(visitor, 1_500)).ToBeInViewportAsync();
        await visitor.SendAsync("One more");

        await Expect(visitor.Message("One more")).ToBeInViewportAsync();
        await Expect(visitor.SentMark("One more")).ToBeAttachedAsync();
    }

    private async Task<Visitor> OpenAsync(int count)
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, count);
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);

        return visitor;
    }

    /// <summary>Scrolls with the wheel to the first message, and returns the time that each page took.</summary>
    private static async Task<IReadOnlyList<TimeSpan>> LoadToTheBeginningAsync(Visitor visitor)
    {
        var beginning = visitor.Log.GetByText("This is the beginning of your conversation");
        var loads = new ConcurrentQueue<TimeSpan>();
        await visitor.Log.HoverAsync();
        var began = Stopwatch.GetTimestamp();
        var started = began;
        visitor.Page.Response += Note;
        while (await beginning.CountAsync() == 0)
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromMinutes(4));
            await visitor.Page.Mouse.WheelAsync(0, -100_000);
        }

        visitor.Page.Response -= Note;
        await visitor.Page.Mouse.WheelAsync(0, -100_000);
        await Expect(Row(visitor, 1)).ToBeInViewportAsync();

        return [.. loads];

        void Note(object? sender, IResponse response)
        {
            if (!response.Url.Contains("before=", StringComparison.Ordinal))
                return;

            loads.Enqueue(Stopwatch.GetElapsedTime(started));
            started = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>
    /// Returns the 95th percentile of the time that a key takes, in milliseconds: the lowest of three rounds, because other processes of the
    /// machine can only add to it.
    /// </summary>
    private static async Task<double> MeasureTypingAsync(Visitor visitor)
    {
        await visitor.MessageField.FocusAsync();
        await visitor.Page.EvaluateAsync(MeasureKeys);
        var lowest = double.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            await visitor.Page.Keyboard.TypeAsync(_sentence);
            var times = await visitor.Page.EvaluateAsync<double[]>(
                "() => new Promise(done => setTimeout(() => done(window.keyTimes.splice(0).sort((one, other) => one - other)), 200))");
            times.Length.ShouldBe(_sentence.Length);
            lowest = Math.Min(lowest, times[(int)(times.Length * 0.95)]);
        }

        return lowest;
    }

    /// <summary>Returns the 95th percentile of the processor time that a key takes.</summary>
    private static async Task<double> MeasureKeyWorkAsync(Visitor visitor)
    {
        var thread = await MainThread.OfAsync(visitor);
        await visitor.MessageField.FocusAsync();
        var times = new List<double>();
        foreach (var key in _sentence)
        {
            var before = await thread.GetTimeAsync();
            await visitor.Page.Keyboard.PressAsync(key.ToString());
            await visitor.Page.EvaluateAsync(NextFrame);
            times.Add((await thread.GetTimeAsync() - before).TotalMilliseconds);
        }

        return times.Order().ElementAt((int)(times.Count * 0.95));
    }

    private static TimeSpan Median(IEnumerable<TimeSpan> times) =>
        times.Order().ToList() is var ordered ? ordered[ordered.Count / 2] : default;

    private static ILocator Row(Visitor visitor, int number) => visitor.Log.GetByText($"Filled {number}", new() { Exact = true });

    /// <summary>The main thread of a page, which runs scripts, layout and painting.</summary>
    private sealed class MainThread(ICDPSession session)
    {
        public static async Task<MainThread> OfAsync(Visitor visitor)
        {
            var session = await visitor.Context.NewCDPSessionAsync(visitor.Page);
            await session.SendAsync("Performance.enable");

            return new MainThread(session);
        }

        /// <summary>Returns the processor time that the thread has used.</summary>
        public async Task<TimeSpan> GetTimeAsync()
        {
            var answer = (await session.SendAsync("Performance.getMetrics")).ShouldNotBeNull();
            var time = answer
                .GetProperty("metrics")
                .EnumerateArray()
                .Single(metric => metric.GetProperty("name").GetString() == "ThreadTime");

            return TimeSpan.FromSeconds(time.GetProperty("value").GetDouble());
        }
    }
}
