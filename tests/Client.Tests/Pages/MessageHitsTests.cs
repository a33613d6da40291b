using CleanMessaging.WebClient.Search;

namespace CleanMessaging.Client.Tests.Pages;

/// <summary>Tests what becomes of a hit when its message changes, and which texts are not sent to the server.</summary>
public sealed class MessageHitsTests
{
    private static readonly MessageHit _hit = new(
        Given.Message(3, content: "The term sheet of May"), [new MessageHighlight(4, 4), new MessageHighlight(9, 5)]);

    [Fact]
    public void Update_WithAReaction_KeepsTheHighlights()
    {
        var current = Given.Message(3, revision: 9, content: "The term sheet of May");

        _hit.Update(current).ShouldBe(_hit with { Message = current });
    }

    [Fact]
    public void Update_WithATextThatHasAllWords_HighlightsThemWhereTheyAreNow()
    {
        var hit = _hit.Update(Given.Message(3, revision: 9, content: "Sheet with every TERM")).ShouldNotBeNull();

        hit.Highlights.ShouldBe([new MessageHighlight(0, 5), new MessageHighlight(17, 4)]);
    }

    [Theory]
    [InlineData("The sheet of June")]
    [InlineData("")]
    [InlineData(null)]
    public void Update_WithATextThatLacksAWord_RemovesIt(string? content) =>
        _hit.Update(Given.Message(3, revision: 9) with { Content = content }).ShouldBeNull();

    [Fact]
    public void Update_WithAnEarlierState_ChangesNothing() =>
        _hit.Update(Given.Message(3, revision: 2, content: "Before")).ShouldBeSameAs(_hit);

    [Theory]
    [InlineData("", true)]
    [InlineData(" ", true)]
    [InlineData("a", true)]
    [InlineData("a b", true)]
    [InlineData("\"a", true)]
    [InlineData("\"\"", true)]
    [InlineData("ab", false)]
    [InlineData("a bcd", false)]
    [InlineData("\"a b\"", false)]
    [InlineData("猫", false)]
    [InlineData("😀", false)]
    [InlineData("한", false)]
    [InlineData("ß", false)]
    [InlineData("©", false)]
    public void IsTooShort_OfATypedText_IsTrueOnlyIfTheServerWouldRejectIt(string text, bool isTooShort) =>
        SearchText.IsTooShort(text).ShouldBe(isTooShort);
}
