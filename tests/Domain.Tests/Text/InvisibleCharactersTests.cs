using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Tests.Text;

public sealed class InvisibleCharactersTests
{
    /// <summary>The characters as numbers, because editors do not preserve all of them.</summary>
    [Theory]
    [InlineData(0x0000)]
    [InlineData(0x0009)]
    [InlineData(0x0020)]
    [InlineData(0x0085)]
    [InlineData(0x00A0)]
    [InlineData(0x00AD)]
    [InlineData(0x034F)]
    [InlineData(0x061C)]
    [InlineData(0x115F)]
    [InlineData(0x1160)]
    [InlineData(0x17B4)]
    [InlineData(0x17B5)]
    [InlineData(0x180B)]
    [InlineData(0x180E)]
    [InlineData(0x180F)]
    [InlineData(0x200B)]
    [InlineData(0x200D)]
    [InlineData(0x2028)]
    [InlineData(0x202E)]
    [InlineData(0x2060)]
    [InlineData(0x2065)]
    [InlineData(0x206F)]
    [InlineData(0x2800)]
    [InlineData(0x3000)]
    [InlineData(0x3164)]
    [InlineData(0xFE00)]
    [InlineData(0xFE0F)]
    [InlineData(0xFEFF)]
    [InlineData(0xFFA0)]
    [InlineData(0xFFF0)]
    [InlineData(0xFFF9)]
    [InlineData(0x1BCA0)]
    [InlineData(0x1D159)]
    [InlineData(0x1D173)]
    [InlineData(0xE0000)]
    [InlineData(0xE0020)]
    [InlineData(0xE0100)]
    [InlineData(0xE0FFF)]
    public void IsInvisible_OfACharacterThatShowsNothing_IsTrue(int codePoint)
    {
        InvisibleCharacters.IsInvisible(new Rune(codePoint)).ShouldBeTrue();
        InvisibleCharacters.ShowsNothing($" {new Rune(codePoint)}{new Rune(codePoint)}").ShouldBeTrue();
        InvisibleCharacters.ShowsNothing($"{new Rune(codePoint)}x").ShouldBeFalse();
    }

    [Theory]
    [InlineData(0x0021)]
    [InlineData(0x00AE)]
    [InlineData(0x0301)]
    [InlineData(0x1161)]
    [InlineData(0x17B6)]
    [InlineData(0x1810)]
    [InlineData(0x2010)]
    [InlineData(0x2801)]
    [InlineData(0x3165)]
    [InlineData(0xFE10)]
    [InlineData(0xFFA1)]
    [InlineData(0xFFFC)]
    [InlineData(0xFFFD)]
    [InlineData(0x1F600)]
    [InlineData(0xE1000)]
    public void IsInvisible_OfTheirNeighbors_IsFalse(int codePoint) => InvisibleCharacters.IsInvisible(new Rune(codePoint)).ShouldBeFalse();

    [Fact]
    public void ShowsNothing_OfNothing_IsTrue() => InvisibleCharacters.ShowsNothing("").ShouldBeTrue();

    [Fact]
    public void IsBidirectionalControl_OfEveryCodePoint_IsTrueOfTwelve()
    {
        var controls = Enumerable
            .Range(0, 0x110000)
            .Where(Rune.IsValid)
            .Where(value => InvisibleCharacters.IsBidirectionalControl(new Rune(value)))
            .ToList();

        controls.ShouldBe([0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069]);
        controls.ShouldAllBe(value => InvisibleCharacters.IsHidden(new Rune(value)));
    }
}
