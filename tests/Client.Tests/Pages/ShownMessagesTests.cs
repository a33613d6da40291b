using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class ShownMessagesTests
{
    private readonly ShownMessages _shown = new();

    [Fact]
    public void RecordShown_AfterAMoment_CountsWhatIsInView()
    {
        _shown.Look([1, 2, 3], At(0));
        _shown.NextDue.ShouldBe(ShownMessages.Moment);

        _shown.RecordShown(ShownMessages.Moment - TimeSpan.FromTicks(1));
        _shown.Contains(1).ShouldBeFalse();
        _shown.RecordShown(ShownMessages.Moment);

        new long[] { 1, 2, 3 }.ShouldAllBe(sequence => _shown.Contains(sequence));
        _shown.Contains(4).ShouldBeFalse();
        _shown.NextDue.ShouldBeNull();
    }

    [Fact]
    public void Look_ElsewhereBeforeTheMoment_DoesNotCountWhatIsNoLongerInView()
    {
        _shown.Look([1, 2, 3], At(0));
        _shown.Look([3, 4, 5], At(100));
        _shown.RecordShown(At(160));

        _shown.Contains(2).ShouldBeFalse();
        _shown.Contains(3).ShouldBeTrue("It has been in view all the time.");
        _shown.Contains(4).ShouldBeFalse();
        _shown.RecordShown(At(250));
        _shown.Contains(4).ShouldBeTrue();
    }

    [Fact]
    public void Look_WhileScrollingPast_CountsAllThatWereInViewForAMoment()
    {
        // Ten rows are in view and one more appears every 20 ms, so each stays for 200 ms.
        for (var first = 1; first <= 100; first++)
            _shown.Look(Enumerable.Range(first, 10).Select(sequence => (long)sequence), At(20 * first));

        Enumerable.Range(10, 85).ShouldAllBe(sequence => _shown.Contains(sequence));
    }

    [Fact]
    public void Look_AtNothing_ForgetsWhatWasInView()
    {
        _shown.Look([1], At(0));
        _shown.Look([], At(100));
        _shown.Look([1], At(10_000));
        _shown.RecordShown(At(10_100));

        _shown.Contains(1).ShouldBeFalse("The page was hidden in between.");
    }

    [Fact]
    public void Forget_UpToASequence_LeavesThoseAfterIt()
    {
        _shown.Look([1, 2, 3], At(0));
        _shown.RecordShown(At(1_000));

        _shown.Forget(2);

        (_shown.Contains(2), _shown.Contains(3)).ShouldBe((false, true));
    }

    private static TimeSpan At(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
