using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

public sealed class BackoffTests
{
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));

    [Theory]
    [InlineData(1, 500)]
    [InlineData(2, 1_000)]
    [InlineData(6, 16_000)]
    [InlineData(7, 30_000)]
    [InlineData(1_000_000, 30_000)]
    public void After_SoManyFailures_IsAnywhereUpToALimitThatDoubles(int failures, int limitMs)
    {
        var pauses = Enumerable.Range(0, 2_000).Select(_ => _backoff.After(failures).TotalMilliseconds / limitMs).ToList();

        pauses.ShouldAllBe(part => part >= 0 && part <= 1);
        pauses.Min().ShouldBeLessThan(0.05);
        pauses.Max().ShouldBeGreaterThan(0.95);
        pauses.Average().ShouldBe(0.5, 0.05);
        _backoff.LimitAfter(failures).TotalMilliseconds.ShouldBe(limitMs);
    }

    [Fact]
    public async Task Pause_WhenWoken_EndsAtOnce()
    {
        var woken = new Signal();
        var pause = _backoff.PauseAsync(10, new IOException(), woken.Next, new FakeTimeProvider(), TestContext.Current.CancellationToken);
        pause.IsCompleted.ShouldBeFalse();

        woken.Raise();

        await pause;
    }

    [Fact]
    public async Task Pause_ThatTheServerAskedFor_IsNoShorterWhenWoken()
    {
        var clock = new FakeTimeProvider();
        var woken = new Signal();
        var busy = new RateLimitedException(new Problem(false, "rate_limit.exceeded", "Too many.", 429, true, RetryAfter: 3));

        var pause = _backoff.PauseAsync(1, busy, woken.Next, clock, TestContext.Current.CancellationToken);
        woken.Raise();
        clock.Advance(TimeSpan.FromSeconds(2.999));
        pause.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));

        await pause;
    }
}
