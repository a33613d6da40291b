using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class UnreadDividerTests
{
    private readonly UnreadDivider _divider = new();

    [Fact]
    public void Update_AtTheOpening_StandsBeforeTheFirstUnread()
    {
        _divider.Update(41, isInSight: false);

        _divider.At.ShouldBe(41);
    }

    [Fact]
    public void Update_WhileTheMessagesAreBeingRead_StaysWhereItIs()
    {
        _divider.Update(41, isInSight: false);

        foreach (var firstUnread in new long?[] { 42, 60, 80, null })
            _divider.Update(firstUnread, isInSight: false);

        _divider.At.ShouldBe(41);
    }

    [Fact]
    public void Update_WithMessagesThatComeBeforeTheOthersAreRead_StaysWhereItIs()
    {
        _divider.Update(41, isInSight: false);
        _divider.Update(50, isInSight: true);
        _divider.Update(50, isInSight: false);

        _divider.At.ShouldBe(41);
    }

    [Fact]
    public void Update_WithMessagesThatComeOutOfSightAfterAllWereRead_MovesToTheFirstOfThem()
    {
        _divider.Update(41, isInSight: false);
        _divider.Update(null, isInSight: true);
        _divider.Update(81, isInSight: false);
        _divider.Update(81, isInSight: true);

        _divider.At.ShouldBe(81);
    }

    [Fact]
    public void Update_WithMessagesThatComeInSight_MakesNoLine()
    {
        _divider.Update(null, isInSight: true);
        _divider.Update(1, isInSight: true);

        _divider.At.ShouldBeNull();
    }

    [Fact]
    public void Update_WithMessagesThatCameInSightAndWereNotShownLongEnough_StandsBeforeThemOnceTheyAreOutOfSight()
    {
        _divider.Update(1, isInSight: true);
        _divider.Update(1, isInSight: false);

        _divider.At.ShouldBe(1);
    }

    [Fact]
    public void Update_WithAnEarlierMessageThatComesLate_MovesBeforeIt()
    {
        _divider.Update(61, isInSight: false);
        _divider.Update(41, isInSight: false);

        _divider.At.ShouldBe(41);
    }

    [Fact]
    public void Remove_OfTheLine_LastsUntilAllIsReadAndMoreComes()
    {
        _divider.Update(41, isInSight: false);
        _divider.Remove();
        _divider.At.ShouldBeNull();

        _divider.Update(45, isInSight: false);
        _divider.At.ShouldBeNull();
        _divider.Update(null, isInSight: true);
        _divider.Update(82, isInSight: false);

        _divider.At.ShouldBe(82);
    }
}
