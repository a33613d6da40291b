using CleanMessaging.Domain.Users;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Users;

public sealed class UserSearchTextTests
{
    [Theory]
    [InlineData("Ada Lovelace", "ada lovelace")]
    [InlineData("Jean-Luc O'Brien", "jean-luc o'brien\n luc\n brien")]
    [InlineData("田中 太郎", "田中 太郎\n 中\n 郎")]
    [InlineData("김민준", "김민준\n 민준\n 준")]
    [InlineData("ada@mail.example.com", "ada@mail.example.com\n mail.example.com\n example.com\n com")]
    [InlineData("Iván", "ivan")]
    [InlineData("", "")]
    public void Of_AText_HasEachWordBehindASpace(string text, string searched) => UserSearchText.Of(text).ShouldBe(searched);

    [Fact]
    public void Of_ALongText_IsBounded()
    {
        UserSearchText.Of(new string('田', 100)).Length.ShouldBeLessThan(3_500);
        UserSearchText.Of(string.Concat(Enumerable.Repeat("\uFDFA", 100))).Length.ShouldBeLessThan(2_000);
        UserSearchText.Of(string.Concat(Enumerable.Repeat("a-", 127))).Length.ShouldBeLessThan(10_000);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData(" \u200B\u3000", null)]
    [InlineData(" Jose\u0301  WEISS ", "jose weiss")]
    [InlineData("\u0301", "\u0301")]
    public void TermOf_ASearch_IsFoldedAndTrimmed(string? search, string? term) => UserSearchText.TermOf(search).ShouldBe(term);

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("  ", true)]
    [InlineData("x", false)]
    [InlineData(" x ", false)]
    [InlineData("ß", true)]
    [InlineData("xy", true)]
    [InlineData("x\0", false)]
    [InlineData("\0", false)]
    public void IsAcceptable_OfASearch_NeedsTwoCharactersOrNone(string? search, bool expected) =>
        UserSearchText.IsAcceptable(search).ShouldBe(expected);

    [Theory]
    [InlineData("x", 100, true)]
    [InlineData("x", 101, false)]
    [InlineData("😀", 100, true)]
    [InlineData("😀", 101, false)]
    [InlineData("e\u0301", 100, true)]
    [InlineData("e\u0301", 101, false)]
    [InlineData(" ", 101, true)]
    [InlineData("\u0316\u0301", 30_000, false)]
    public void IsAcceptable_OfALength_HasAtMostAHundredCharacters(string piece, int count, bool expected) =>
        UserSearchText.IsAcceptable(string.Concat(Enumerable.Repeat(piece, count))).ShouldBe(expected);

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void IsAcceptable_WithWhiteSpaceAtItsEnds_CountsWhatIsBetween(int count, bool expected) =>
        UserSearchText.IsAcceptable($" \t{new string('x', count)}\u00A0\r\n").ShouldBe(expected);

    /// <summary>Tests that no search term matches across the boundary between a name and the text appended to it.</summary>
    [Fact]
    public void TermOf_AnyText_HasNoSeparator()
    {
        var piece = Gen.OneOf(((string[])["a", "\n", "\r", "\t", " ", "\u2028", "-", "é", "田"]).Select(Gen.Const).ToArray());

        piece.Array[0, 10].Select(string.Concat).Sample(text => UserSearchText.TermOf(text)?.Contains('\n') != true, iter: 2_000);
    }
}
