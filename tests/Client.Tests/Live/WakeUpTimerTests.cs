using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

public sealed class WakeUpTimerTests
{
    private readonly FakeTimeProvider _clock = new(Given.Noon);
    private int _runs;

    [Fact]
    public async Task Run_WithTheNextOneDue_ComesWhenItIsDueAndNotBefore()
    {
        var due = Given.Noon.AddSeconds(3);
        await using var deadline = New(() => due - _clock.GetUtcNow());
        await RunsAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(2.999));
        await Task.Yield();
        _runs.ShouldBe(1);
        due = due.AddSeconds(3);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        await RunsAsync(2);
    }

    [Fact]
    public async Task Rearm_WithNothingDue_RunsItAgain()
    {
        await using var deadline = New(() => null);
        await RunsAsync(1);

        deadline.Rearm();

        await RunsAsync(2);
    }

    [Fact]
    public async Task Rearm_WhileItRuns_RunsItOnceMore()
    {
        WakeUpTimer? itself = null;
        await using var deadline = itself = New(() =>
        {
            if (_runs == 2)
                itself!.Rearm();

            return null;
        });
        await RunsAsync(1);

        deadline.Rearm();

        await RunsAsync(3);
    }

    [Fact]
    public async Task Run_DueLongAfter_ChecksAgainInBetween()
    {
        // The machine may have slept, which only a check of the clock reveals.
        await using var deadline = New(() => TimeSpan.FromDays(1));
        await RunsAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(5));

        await RunsAsync(2);
    }

    [Fact]
    public async Task Run_ThatFails_IsTriedAgain()
    {
        await using var deadline = New(() => _runs == 1 ? throw new InvalidOperationException("Once.") : null);
        await RunsAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(5));

        await RunsAsync(2);
    }

    [Fact]
    public async Task Dispose_OfOne_EndsIt()
    {
        var deadline = New(() => TimeSpan.FromSeconds(1));
        await RunsAsync(1);

        await deadline.DisposeAsync();
        deadline.Rearm();
        _clock.Advance(TimeSpan.FromMinutes(1));

        _runs.ShouldBe(1);
    }

    private WakeUpTimer New(Func<TimeSpan?> run) => new(
        _clock,
        () =>
        {
            Interlocked.Increment(ref _runs);

            return run();
        },
        NullLogger.Instance);

    /// <summary>Waits for a run, and until the timer waits for the next one.</summary>
    private async Task RunsAsync(int runs)
    {
        await Eventually.TrueAsync(() => Volatile.Read(ref _runs) == runs, $"There are {_runs} runs, not {runs}.");
        await Task.Delay(20, TestContext.Current.CancellationToken);
        _runs.ShouldBe(runs);
    }
}
