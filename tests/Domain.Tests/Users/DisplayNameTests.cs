using CleanMessaging.Domain.Text;
using CleanMessaging.Domain.Users;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Users;

public sealed class DisplayNameTests
{
    [Theory]
    [InlineData("Ada Lovelace")]
    [InlineData("X")]
    [InlineData("José Íñigo Müller-O'Brien")]
    [InlineData("Nguyễn Thị Phượng")]
    [InlineData("Σίσυφος")]
    [InlineData("田中太郎")]
    [InlineData("अनिल क्ष")]
    [InlineData("בֵּית לֶחֶם")]
    [InlineData("རྐྱེན")]
    [InlineData("Ada ❤\uFE0F")]
    [InlineData("Ada ⭐\uFE0E")]
    [InlineData("1\uFE0F\u20E3 Ltd")]
    [InlineData("👨\u200D👩\u200D👧 & co.")]
    [InlineData("🏳\uFE0F\u200D🌈")]
    [InlineData("👩🏽\u200D💻")]
    [InlineData("🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F")]
    [InlineData("می\u200Cخواهم")]
    [InlineData("ක්\u200Dෂ ශ්\u200Dරී")]
    [InlineData("क्\u200Cष")]
    [InlineData("x\u0335\u0335\u0335\u0335y")]
    public void Check_OfAName_AcceptsIt(string name) => DisplayName.Check(name).ShouldBeNull();

    [Theory]
    [InlineData("", DisplayNameFault.Length)]
    [InlineData(" \t\r\n ", DisplayNameFault.Length)]
    [InlineData("\u2800", DisplayNameFault.Length)]
    [InlineData("\u3164 \uFE0F", DisplayNameFault.Length)]
    [InlineData("\U000E0100", DisplayNameFault.Length)]
    [InlineData("a\nb", DisplayNameFault.ControlCharacter)]
    [InlineData("a\u0000b", DisplayNameFault.ControlCharacter)]
    [InlineData("a\u0085b", DisplayNameFault.ControlCharacter)]
    [InlineData("a\u009Fb", DisplayNameFault.ControlCharacter)]
    [InlineData("a\u2028b", DisplayNameFault.ControlCharacter)]
    [InlineData("a\u2029b", DisplayNameFault.ControlCharacter)]
    [InlineData("\u202Eada", DisplayNameFault.BidirectionalControl)]
    [InlineData("a\u200Eda", DisplayNameFault.BidirectionalControl)]
    [InlineData("a\u2066da\u2069", DisplayNameFault.BidirectionalControl)]
    [InlineData("a\u061Cda", DisplayNameFault.BidirectionalControl)]
    [InlineData("ada\u200B", DisplayNameFault.InvisibleCharacter)]
    [InlineData("a\u00ADda", DisplayNameFault.InvisibleCharacter)]
    [InlineData("\uFEFFada", DisplayNameFault.InvisibleCharacter)]
    [InlineData("a\u034Fda", DisplayNameFault.InvisibleCharacter)]
    [InlineData("a\u3164da", DisplayNameFault.InvisibleCharacter)]
    [InlineData("a\u2800da", DisplayNameFault.InvisibleCharacter)]
    [InlineData("a\u200Dda", DisplayNameFault.InvisibleCharacter)]
    [InlineData("a\uFE0Fda", DisplayNameFault.InvisibleCharacter)]
    [InlineData("1\uFE0F Ltd", DisplayNameFault.InvisibleCharacter)]
    [InlineData("☎\uFE0E", DisplayNameFault.InvisibleCharacter)]
    [InlineData("⭐\u200D⭐", DisplayNameFault.InvisibleCharacter)]
    [InlineData("葛\U000E0100", DisplayNameFault.InvisibleCharacter)]
    [InlineData("❤\u200D", DisplayNameFault.InvisibleCharacter)]
    [InlineData("❤\u200Dx", DisplayNameFault.InvisibleCharacter)]
    [InlineData("دا\u200Cد", DisplayNameFault.InvisibleCharacter)]
    [InlineData("می\u200C", DisplayNameFault.InvisibleCharacter)]
    [InlineData("می\u200Dخ", DisplayNameFault.InvisibleCharacter)]
    [InlineData("क\u200Dष", DisplayNameFault.InvisibleCharacter)]
    [InlineData("ada\U000E0067", DisplayNameFault.InvisibleCharacter)]
    [InlineData("🏴\U000E0067\U000E0062\U000E007F", DisplayNameFault.InvisibleCharacter)]
    [InlineData("🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F\U000E0061", DisplayNameFault.InvisibleCharacter)]
    [InlineData("x\u0335\u0335\u0335\u0335\u0335y", DisplayNameFault.TooManyMarks)]
    public void Check_OfWhatReadersCannotSee_RejectsItAndSaysWhy(string name, DisplayNameFault fault)
    {
        var error = DisplayName.Check(name).ShouldNotBeNull();

        error.Code.ShouldBe("user.invalid_display_name");
        error.Message.ShouldBe(UserErrors.InvalidDisplayName(fault).Message);
    }

    /// <summary>UTF-16 code units as numbers, because the compiler does not preserve an unpaired surrogate in an attribute.</summary>
    [Theory]
    [InlineData(new[] { 0xD83D })]
    [InlineData(new[] { 0x0061, 0xDE00 })]
    public void Check_OfHalfASurrogatePair_RejectsIt(int[] units) =>
        DisplayName.Check(new string([.. units.Select(unit => (char)unit)])).ShouldNotBeNull()
            .Message.ShouldBe(UserErrors.InvalidDisplayName(DisplayNameFault.HalfOfSurrogatePair).Message);

    [Theory]
    [InlineData("n", 100, true)]
    [InlineData("n", 101, false)]
    [InlineData("😀", 51, true)]
    [InlineData("😀", 100, true)]
    [InlineData("😀", 101, false)]
    [InlineData("e\u0301", 100, true)]
    [InlineData("e\u0301", 101, false)]
    [InlineData("n", 100_000, false)]
    [InlineData("\u0316\u0301", 30_000, false)]
    public void Check_OfALength_CountsCodePoints(string piece, int count, bool accepted) =>
        (DisplayName.Check(string.Concat(Enumerable.Repeat(piece, count))) is null).ShouldBe(accepted);

    [Theory]
    [InlineData("  Ada \u00A0\u3000 Lovelace\r\n", "Ada Lovelace")]
    [InlineData("Jose\u0301", "José")]
    [InlineData("\u212B", "Å")]
    [InlineData("\u2003", "")]
    [InlineData("a\u2000b", "a b")]
    [InlineData("Ada ⭐\uFE0F", "Ada ⭐")]
    [InlineData("Ada 😀\uFE0F", "Ada 😀")]
    [InlineData("→\uFE0F", "→")]
    [InlineData("❤\uFE0F", "❤\uFE0F")]
    public void Normalize_OfAName_IsTrimmedComposedAndSpacedOnce(string text, string name) => DisplayName.Normalize(text).ShouldBe(name);

    [Fact]
    public void Normalize_OfANormalizedName_ChangesNothing()
    {
        var piece = Gen.OneOf(
            ((string[])["a", "é", "e\u0301", " ", "\u00A0", "\u2028", "\t", "\u200B", "😀", "❤", "\uFE0F", "\uFFFE", "\u0301"])
                .Select(Gen.Const)
                .ToArray());

        piece.Array[0, 12].Select(string.Concat).Sample(
            text => DisplayName.Normalize(DisplayName.Normalize(text)) == DisplayName.Normalize(text)
                && (DisplayName.Check(text) is null) == (DisplayName.Check(DisplayName.Normalize(text)) is null),
            iter: 5_000);
    }

    /// <summary>Tests that accepted names of letters and invisible characters also differ visibly.</summary>
    [Fact]
    public void Check_OfAnyName_AcceptsNoTwoThatShowTheSameLetters()
    {
        string[] texts =
        [
            "a", "b", "⭐", " ", "\u00A0", "\u200B", "\u200C", "\u200D", "\uFE0F", "\u2060", "\u00AD", "\u034F", "\u3164",
            "\u2800", "\U000E0061", "\U000E0100",
        ];
        var piece = Gen.OneOf(texts.Select(Gen.Const).ToArray());
        var accepted = new Dictionary<string, string>();

        piece.Array[1, 6].Select(string.Concat).Sample(
            text =>
            {
                if (DisplayName.Check(text) is not null)
                    return true;

                var name = DisplayName.Normalize(text);
                var shown = string.Concat(
                    name.EnumerateRunes().Where(rune => !InvisibleCharacters.IsHidden(rune)).Select(rune => rune.ToString()));
                lock (accepted)
                    return accepted.TryAdd(shown, name) || accepted[shown] == name;
            },
            iter: 20_000);

        accepted.Count.ShouldBeGreaterThan(10);
    }
}
