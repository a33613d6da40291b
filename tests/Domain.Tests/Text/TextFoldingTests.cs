using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Text;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Text;

public sealed class TextFoldingTests
{
    [Theory]
    [InlineData("José", "jose")]
    [InlineData("Jose\u0301", "jose")]
    [InlineData("Weiß", "weiss")]
    [InlineData("WEISS", "weiss")]
    [InlineData("WEIẞ", "weiss")]
    [InlineData("Σίσυφος", "σισυφοσ")]
    [InlineData("ΣΊΣΥΦΟΣ", "σισυφοσ")]
    [InlineData("Ærø Œuvre", "aero oeuvre")]
    [InlineData("Đặng Łukasz", "dang lukasz")]
    [InlineData("İpek Işık ı", "ipek isik i")]
    [InlineData("ﬁ Ａｄａ ①", "fi ada 1")]
    [InlineData("\u212Bngström", "angstrom")]
    [InlineData("Алёна Андрей Й й", "алена андрей й й")]
    [InlineData("Ўзбек ў", "ўзбек ў")]
    [InlineData("שָׁלוֹם", "שלום")]
    [InlineData("مُحَمَّد أحمد", "محمد احمد")]
    public void Fold_OfAName_IsWhatPeopleType(string text, string folded) => TextFolding.Fold(text).ShouldBe(folded);

    [Theory]
    [InlineData("ガ", "が")]
    [InlineData("が", "が")]
    [InlineData("ｶﾞ", "が")]
    [InlineData("カ", "か")]
    [InlineData("か", "か")]
    [InlineData("हिन्दी", "हिन्दी")]
    [InlineData("한국", "한국")]
    [InlineData("ไทยกำ", "ไทยกํา")]
    [InlineData("1\u0301", "1\u0301")]
    public void Fold_WhereAMarkMakesAnotherLetter_KeepsIt(string text, string folded) => TextFolding.Fold(text).ShouldBe(folded);

    [Theory]
    [InlineData("a\u200Bd\u00ADa", "ada")]
    [InlineData("\u202Eada\u202C", "ada")]
    [InlineData("e\u034F\u0301", "e")]
    [InlineData("❤\uFE0F", "❤")]
    [InlineData("می\u200Cخواهم", "میخواهم")]
    public void Fold_WithInvisibleCharacters_DropsThem(string text, string folded) => TextFolding.Fold(text).ShouldBe(folded);

    [Theory]
    [InlineData("a \t\r\n\u00A0\u3000b", "a b")]
    [InlineData("  a  ", " a ")]
    [InlineData("", "")]
    public void Fold_WithWhiteSpace_MakesEachRunOneSpace(string text, string folded) => TextFolding.Fold(text).ShouldBe(folded);

    [Theory]
    [InlineData(new[] { 0xD83D })]
    [InlineData(new[] { 0x0061, 0xDE00, 0x00E9 })]
    [InlineData(new[] { 0x0061, 0xFFFE, 0x0065, 0x0301 })]
    [InlineData(new[] { 0xFFFF, 0x0000 })]
    public void Fold_OfTextThatCannotBeNormalized_Succeeds(int[] units)
    {
        var folded = TextFolding.Fold(new string([.. units.Select(unit => (char)unit)]));

        UnicodeText.IsWellFormed(folded).ShouldBeTrue();
        folded.ShouldNotContain('\u0301');
    }

    [Fact]
    public void Fold_OfEveryCodePoint_IsFoldedAndTheSameInEveryFormAndCase()
    {
        var failed = new List<string>();
        foreach (var rune in EveryRune())
        {
            var text = $"a{rune}b";
            var folded = TextFolding.Fold(text);
            if (TextFolding.Fold(folded) != folded
                || TextFolding.Fold(UnicodeText.Normalize(text, NormalizationForm.FormD)) != folded
                || TextFolding.Fold(UnicodeText.Normalize(text, NormalizationForm.FormKC)) != folded
                || (HasTwoCases(rune) && TextFolding.Fold(Rune.ToUpperInvariant(rune).ToString()) != TextFolding.Fold(rune.ToString())))
            {
                failed.Add($"U+{rune.Value:X4}");
            }
        }

        failed.ShouldBeEmpty();
    }

    [Fact]
    public void Fold_OfAnyText_IsFoldedAndTheSameInEveryForm()
    {
        string[] texts =
        [
            "a", "É", "e\u0301", "ß", "Σ", "ς", "й", "и\u0306", "И", "\u0306", "\u0301", "\u0323", "が", "カ\u3099", "한",
            "\u1112\u1161", "\u200D", " ", "\u00A0", "İ", "ﬁ", "𝔘", "\uFFFE",
        ];
        var piece = Gen.OneOf(texts.Select(Gen.Const).ToArray());

        piece.Array[0, 12].Select(string.Concat).Sample(
            text => TextFolding.Fold(TextFolding.Fold(text)) == TextFolding.Fold(text)
                && TextFolding.Fold(UnicodeText.Normalize(text, NormalizationForm.FormD)) == TextFolding.Fold(text)
                && TextFolding.Fold(UnicodeText.ToNfc(text)) == TextFolding.Fold(text),
            iter: 5_000);
    }

    /// <summary>
    /// Returns whether upper and lower case of a code point match. They do not for variants that share another letter's upper case, such as
    /// the long s.
    /// </summary>
    private static bool HasTwoCases(Rune rune) => Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)) == Rune.ToLowerInvariant(rune);

    private static IEnumerable<Rune> EveryRune() =>
        from value in Enumerable.Range(0, 0x110000)
        where Rune.IsValid(value)
        let rune = new Rune(value)
        where Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)
        select rune;
}
