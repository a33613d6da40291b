using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

public sealed class TypingNoticeTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(Given.Noon);
    private readonly ConcurrentQueue<(bool IsTyping, double At)> _sent = new();
    private readonly TypingNotice _notice;

    public TypingNoticeTests() =>
        _notice = new TypingNotice(_clock, isTyping => _sent.Enqueue((isTyping, (_clock.GetUtcNow() - Given.Noon).TotalSeconds)));

    public void Dispose() => _notice.Dispose();

    [Fact]
    public void Set_AtEachKeystroke_IsReportedEveryFourSecondsAndOnceWhenItStops()
    {
        for (var key = 0; key < 50; key++)
        {
            _notice.Set(isTyping: true);
            Pass(0.2);
        }

        // The last key was pressed at 9.8 seconds.
        Pass(20);

        _sent.ShouldBe([(true, 0), (true, 4), (true, 8), (false, 14.8)]);
    }

    [Fact]
    public void Set_Stopped_IsReportedAtOnceAndOnce()
    {
        _notice.Set(isTyping: true);
        Pass(1);
        _notice.Set(isTyping: false);
        _notice.Set(isTyping: false);
        Pass(20);

        _sent.ShouldBe([(true, 0), (false, 1)]);
    }

    [Fact]
    public void Set_StoppedWithoutHavingBegun_IsNotSent()
    {
        _notice.Set(isTyping: false);

        _sent.ShouldBeEmpty();
    }

    [Fact]
    public void Set_SlowerThanItIsForgotten_IsReportedAgain()
    {
        _notice.Set(isTyping: true);
        Pass(7);
        _notice.Set(isTyping: true);

        _sent.ShouldBe([(true, 0), (false, 5), (true, 7)]);
    }

    [Fact]
    public void Forget_BecauseTheMessageWasSent_SendsNothingAndBeginsAgain()
    {
        _notice.Set(isTyping: true);
        _notice.Forget();
        Pass(1);
        _notice.Set(isTyping: true);

        _sent.ShouldBe([(true, 0), (true, 1)]);
    }

    [Fact]
    public void Renew_WhileTyping_IsReportedAtOnceAndThenEveryFourSeconds()
    {
        _notice.Set(isTyping: true);
        Pass(1);
        _notice.Renew();
        Pass(3);
        _notice.Set(isTyping: true);
        Pass(1);
        _notice.Set(isTyping: true);

        _sent.ShouldBe([(true, 0), (true, 1), (true, 5)]);
    }

    [Fact]
    public void Renew_AfterTheUserHasStopped_SendsNothing()
    {
        _notice.Renew();
        _notice.Set(isTyping: true);
        Pass(6);
        _notice.Renew();
        _notice.Set(isTyping: true);
        _notice.Forget();
        _notice.Renew();

        _sent.ShouldBe([(true, 0), (false, 5), (true, 6)]);
    }

    [Fact]
    public void Dispose_WhileTyping_ReturnsTheEndAndNothingAfterIt()
    {
        _notice.Set(isTyping: true);

        _notice.Dispose();
        _notice.Dispose();
        _notice.Set(isTyping: true);
        Pass(20);

        _sent.ShouldBe([(true, 0), (false, 0)]);
    }

    /// <summary>Advances the clock in small steps, so that timers fire at their time.</summary>
    private void Pass(double seconds)
    {
        for (var step = 0; step < (int)Math.Round(seconds * 10); step++)
            _clock.Advance(TimeSpan.FromMilliseconds(100));
    }
}
