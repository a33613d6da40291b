using CleanMessaging.WebClient.Text;

namespace CleanMessaging.Client.Tests.Text;

/// <summary>Tests the part of a text that is shown around what a search has found.</summary>
public sealed class ExcerptTests
{
    private const int LengthMax = 120;

    private static readonly string _long = string.Concat(Enumerable.Range(0, 100).Select(number => $"word{number:00} "));

    [Fact]
    public void Around_OfAShortText_IsTheWholeTextWithItsMarks() =>
        Show("one two three", (4, 3)).ShouldBe("one [two] three");

    [Fact]
    public void Around_WithoutMarks_IsTheBeginning()
    {
        Show(_long).ShouldBe($"{_long[..LengthMax]}…");
        Show("").ShouldBe("");
    }

    [Theory]
    [InlineData(0, false, true)]
    [InlineData(20, false, true)]
    [InlineData(50, true, true)]
    [InlineData(99, true, false)]
    public void Around_OfAMarkInALongText_ShowsItWithTheTextAroundIt(int word, bool isCutBefore, bool isCutAfter)
    {
        var text = Show(_long, (_long.IndexOf($"word{word:00}", StringComparison.Ordinal), 6));

        text.ShouldContain($"[word{word:00}]");
        text.StartsWith('…').ShouldBe(isCutBefore && word > 4 || word == 20);
        text.EndsWith('…').ShouldBe(isCutAfter);
        text.Replace("…", "").Replace("[", "").Replace("]", "").Length.ShouldBe(LengthMax);
    }

    [Fact]
    public void Around_OfSeveralMarks_MarksThoseThatAreShown()
    {
        var first = _long.IndexOf("word40", StringComparison.Ordinal);

        Show(_long, (first, 6), (first + 7, 6), (first + 300, 6)).ShouldContain("[word40] [word41] word42");
    }

    [Theory]
    [InlineData("👨‍👩‍👧‍👦")]
    [InlineData("e\u0301")]
    [InlineData("🇩🇪")]
    [InlineData("한")]
    public void Around_AtAnyPlace_SplitsNoCharacter(string character)
    {
        var text = string.Concat(Enumerable.Repeat(character, 300));
        for (var index = 0; index < 300; index++)
        {
            var shown = string.Concat(Excerpt.Around(text, [(index * character.Length, character.Length)], LengthMax).Select(part => part.Text)).Trim('…');

            shown.Replace(character, "").ShouldBeEmpty();
            shown.Length.ShouldBeInRange(LengthMax - character.Length + 1, LengthMax);
        }
    }

    [Fact]
    public void Around_OfOneCharacterThatIsTooLong_IsCutWithoutHalfASurrogatePair()
    {
        var text = $"a{string.Concat(Enumerable.Repeat("\U000E0100", 300))}";

        var parts = Excerpt.Around(text, [], LengthMax);

        parts[0].Text.Length.ShouldBe(LengthMax - 1);
        char.IsHighSurrogate(parts[0].Text[^1]).ShouldBeFalse();
    }

    [Fact]
    public void Around_OfTextThatReversesWhatFollows_RemovesTheControlsFromEachPart() =>
        Show("\u202Eone two\u2066 three", (5, 3)).ShouldBe("one [two] three");

    [Theory]
    [InlineData(-5, 3)]
    [InlineData(3, 500)]
    [InlineData(900, 3)]
    [InlineData(3, -1)]
    public void Around_OfMarksThatAreNotInTheText_ShowsTheText(int start, int length) =>
        Show("one two", (start, length)).Replace("[", "").Replace("]", "").ShouldBe("one two");

    /// <summary>Returns an excerpt with its marks in brackets.</summary>
    private static string Show(string text, params (int Start, int Length)[] marks) =>
        string.Concat(Excerpt.Around(text, marks, LengthMax).Select(part => part.IsMarked ? $"[{part.Text}]" : part.Text));
}
