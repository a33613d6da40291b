using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Tests.Text;

public sealed class UnicodeTextTests
{
    /// <summary>Tests that ICU is present: without it, .NET returns the text without normalizing it.</summary>
    [Fact]
    public void ToNfc_OfADecomposedText_ComposesIt()
    {
        UnicodeText.ToNfc("Jose\u0301 \u212B \u1112\u1161\u11AB").ShouldBe("José Å 한");
        UnicodeText.Normalize("é ﬁ", NormalizationForm.FormKD).ShouldBe("e\u0301 fi");
    }

    [Fact]
    public void ToNfc_OfATextWithANoncharacter_ComposesWhatIsAroundIt() =>
        UnicodeText.ToNfc("e\u0301\uFFFEe\u0301\uFFFE\u0301\uFFFF").ShouldBe("é\uFFFEé\uFFFE\u0301\uFFFF");

    [Theory]
    [InlineData(new[] { 0xD83D, 0x0065, 0x0301 })]
    [InlineData(new[] { 0x0065, 0x0301, 0xDE00 })]
    public void ToNfc_OfATextThatIsNotWellFormed_KeepsIt(int[] units)
    {
        var text = new string([.. units.Select(unit => (char)unit)]);

        UnicodeText.IsWellFormed(text).ShouldBeFalse();
        UnicodeText.ToNfc(text).ShouldBe(text);
    }

    [Fact]
    public void CodePointsOf_ATextOfPairs_CountsEachPairOnce() => UnicodeText.CodePointsOf("a😀é").ShouldBe(3);

    /// <summary>
    /// Tests the length limit with the code point that has the longest decomposition: of 100 decomposed ones, at most 100 remain.
    /// </summary>
    [Fact]
    public void MayHave_OfTheLongestDecomposition_IsTrue()
    {
        var decomposed = string.Concat(Enumerable.Repeat("\u1F82", 100)).Normalize(NormalizationForm.FormD);

        UnicodeText.CodePointsOf(decomposed).ShouldBe(400);
        UnicodeText.MayHave(decomposed, 100).ShouldBeTrue();
        UnicodeText.MayHave(new string('x', 801), 100).ShouldBeFalse();
        Enumerable.Range(0, 0x110000).Where(Rune.IsValid)
            .Max(value => UnicodeText.CodePointsOf(UnicodeText.Normalize(new Rune(value).ToString(), NormalizationForm.FormD)))
            .ShouldBe(UnicodeText.DecomposedLengthMax);
    }
}
