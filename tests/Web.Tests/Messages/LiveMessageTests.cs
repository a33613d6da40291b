using System.Diagnostics;

namespace CleanMessaging.Web.Tests.Messages;

/// <summary>Tests live messages between two browsers.</summary>
public sealed class LiveMessageTests(Stage stage) : WebTests(stage)
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    // Runs with no other test, because it measures time.
    [Fact(DisableParallelization = true)]
    public async Task SendMessage_ToTheOther_AppearsThereWithinASecond()
    {
        var scene = await MeetAsync();
        await SendAndMeasureAsync(scene.Investor, scene.Startup, "The first one warms up.");

        var there = await SendAndMeasureAsync(scene.Investor, scene.Startup, "Shall we talk?");
        var back = await SendAndMeasureAsync(scene.Startup, scene.Investor, "Gladly.");

        there.ShouldBeLessThan(_second);
        back.ShouldBeLessThan(_second);
        await Expect(scene.Investor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(3);
        await Expect(scene.Startup.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task SendMessage_SeenByTheOther_GoesFromSentToRead()
    {
        var scene = await MeetAsync();
        await scene.Startup.Page.GotoAsync("/people");

        await scene.Investor.SendAsync("Have you read it?");
        await Expect(scene.Investor.Message("Have you read it?").GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        await scene.Startup.OpenAsync(scene.ConversationId);

        await Expect(scene.Investor.Message("Have you read it?").GetByText("Read", new() { Exact = true })).ToBeAttachedAsync();
    }

    [Fact]
    public async Task WriteMessage_WithoutSending_ShowsTheOtherThatOneIsTyping()
    {
        var scene = await MeetAsync();
        var notice = scene.Startup.TypingLine.GetByText($"{scene.InvestorUser.DisplayName} is typing…");

        await scene.Investor.MessageField.PressSequentiallyAsync("Let me thi");
        await Expect(notice).ToBeVisibleAsync();
        await scene.Investor.SendButton.ClickAsync();

        await Expect(scene.Startup.Message("Let me thi")).ToBeVisibleAsync();
        await Expect(notice).ToBeHiddenAsync();
    }

    [LongFact]
    public async Task SendMessage_OnEitherSide_StandsAtTheEndForOneselfAndAtTheStartForTheOther()
    {
        var scene = await MeetAsync();

        await scene.Investor.SendAsync("From the investor");
        await scene.Startup.SendAsync("From the startup");

        foreach (var (own, other, viewer) in new[]
        {
            ("From the investor", "From the startup", scene.Investor),
            ("From the startup", "From the investor", scene.Startup),
        })
        {
            var log = await BoxAsync(viewer.Log);
            var right = await BoxAsync(viewer.Message(own).GetByText(own));
            var left = await BoxAsync(viewer.Message(other).GetByText(other));
            (log.X + log.Width - (right.X + right.Width)).ShouldBeLessThan(right.X - log.X);
            (left.X - log.X).ShouldBeLessThan(log.X + log.Width - (left.X + left.Width));
            await Expect(viewer.Message(own)).ToContainTextAsync("You:");
            await Expect(viewer.Message(other)).Not.ToContainTextAsync("You:");
        }
    }

    /// <summary>Returns the time from before the click until the message is shown.</summary>
    private static async Task<TimeSpan> SendAndMeasureAsync(Visitor from, Visitor to, string text)
    {
        await from.MessageField.FillAsync(text);
        var shown = to.Page.WaitForFunctionAsync("text => document.querySelector('[role=log]').textContent.includes(text)", text);
        var started = Stopwatch.GetTimestamp();
        await from.SendButton.ClickAsync();
        await shown;

        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<LocatorBoundingBoxResult> BoxAsync(ILocator locator) => (await locator.BoundingBoxAsync()).ShouldNotBeNull();
}
