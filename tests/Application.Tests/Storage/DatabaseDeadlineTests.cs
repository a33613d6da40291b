using CleanMessaging.Application.Storage;

namespace CleanMessaging.Application.Tests.Storage;

/// <summary>Tests that the deadline never allows a commit after the response has said that nothing changed.</summary>
public sealed class DatabaseDeadlineTests
{
    [Fact]
    public void Abandon_BeforeTheCommit_ReportsNoChangeAndForbidsTheCommit()
    {
        using var deadline = new DatabaseDeadline();

        deadline.Abandon().ShouldBeFalse();

        deadline.TryBeginCommit().ShouldBeFalse();
    }

    [Fact]
    public void Abandon_DuringTheCommit_ReportsAnUnknownOutcome()
    {
        using var deadline = new DatabaseDeadline();

        deadline.TryBeginCommit().ShouldBeTrue();

        deadline.Abandon().ShouldBeTrue();
    }

    [Fact]
    public void Abandon_AfterACommitThatFailed_ReportsNoChangeAndForbidsTheNext()
    {
        using var deadline = new DatabaseDeadline();
        deadline.TryBeginCommit().ShouldBeTrue();
        deadline.CommitFailed();

        deadline.Abandon().ShouldBeFalse();

        deadline.TryBeginCommit().ShouldBeFalse();
    }

    [Fact]
    public void CommitFailed_AfterTheCallerWasAnswered_DoesNotAllowACommit()
    {
        using var deadline = new DatabaseDeadline();
        deadline.Abandon();

        deadline.CommitFailed();

        deadline.TryBeginCommit().ShouldBeFalse();
    }

    [Fact]
    public void Abandon_RacedWithACommit_LetsOneOfThemWin()
    {
        for (var round = 0; round < 10_000; round++)
        {
            using var deadline = new DatabaseDeadline();
            var (mayCommit, isUnknown) = (false, false);
            Parallel.Invoke(() => mayCommit = deadline.TryBeginCommit(), () => isUnknown = deadline.Abandon());

            isUnknown.ShouldBe(mayCommit, "The answer says that the outcome is unknown exactly if the commit may happen.");
        }
    }

    [Fact]
    public async Task Remaining_AfterStop_IsTheWholeTimeOfTheNextUse()
    {
        using var deadline = new DatabaseDeadline();
        _ = deadline.Remaining;
        await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);

        deadline.Stop();

        deadline.Remaining.ShouldBeGreaterThan(DatabaseDeadline.UntilCommit - TimeSpan.FromMilliseconds(150));
    }

    [Fact]
    public void Remaining_AfterStart_IsTheWholeTimeAgain()
    {
        using var deadline = new DatabaseDeadline();
        var first = deadline.Remaining;

        deadline.Start();

        first.ShouldBeInRange(TimeSpan.FromSeconds(3), DatabaseDeadline.UntilCommit);
        deadline.Remaining.ShouldBeInRange(TimeSpan.FromSeconds(3), DatabaseDeadline.UntilCommit);
        deadline.Passed.IsCompleted.ShouldBeFalse();
    }
}
