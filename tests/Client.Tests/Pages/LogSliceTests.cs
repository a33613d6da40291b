using CleanMessaging.WebClient.Messages;

namespace CleanMessaging.Client.Tests.Pages;

public sealed class LogSliceTests
{
    [Theory]
    [InlineData(0, 10, 5, 0, 5)]
    [InlineData(0, 10, 5_000, 0, 311)]
    [InlineData(2_000, 2_010, 5_000, 1_700, 2_311)]
    [InlineData(4_990, 4_999, 5_000, 4_690, 5_000)]
    [InlineData(0, 0, 0, 0, 0)]
    public void Around_TheRowsInView_TakesThreeHundredOnEitherSide(int first, int last, int count, int from, int to) =>
        LogSlice.Around(first, last, count).ShouldBe(new LogSlice(from, to));

    [Theory]
    [InlineData(1_800, 1_810, true)]
    [InlineData(1_799, 1_809, false)]
    [InlineData(2_200, 2_210, true)]
    [InlineData(2_201, 2_211, false)]
    public void Covers_WithAHundredRowsLeftOnEitherSide_IsEnough(int first, int last, bool expected) =>
        new LogSlice(1_700, 2_311).Covers(first, last, 5_000).ShouldBe(expected);

    [Fact]
    public void Covers_AtTheBeginAndTheEnd_NeedsNoMore()
    {
        new LogSlice(0, 311).Covers(0, 10, 5_000).ShouldBeTrue();
        new LogSlice(4_690, 5_000).Covers(4_990, 4_999, 5_000).ShouldBeTrue();
        new LogSlice(4_690, 5_000).Covers(4_990, 4_999, 5_050).ShouldBeFalse("There are more rows by now.");
    }
}
