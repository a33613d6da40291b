using System.Text.RegularExpressions;
using CleanMessaging.Domain.Messages;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class MessageContentTests
{
    private const string Grin = "😀";

    [Fact]
    public void MaxLength_Always_IsFiveThousand() => MessageContent.MaxLength.ShouldBe(5000);

    [Theory]
    [InlineData("x")]
    [InlineData(" x ")]
    [InlineData("\u200Bx")]
    [InlineData(Grin)]
    [InlineData("👩‍💻")]
    [InlineData("\uFFFD")]
    [InlineData("\u0001x")]
    [InlineData("\u2800\u2801")]
    [InlineData("👍\uFE0F")]
    [InlineData("line one\r\nline two\t")]
    public void Check_TextWithSomethingToSee_IsAccepted(string content) => MessageContent.Check(content).ShouldBeNull();

    [Theory]
    [InlineData("x", 4999)]
    [InlineData("x", 5000)]
    [InlineData("é", 5000)]
    [InlineData(Grin, 4999)]
    [InlineData(Grin, 5000)]
    public void Check_UpToMaxLength_IsAccepted(string codePoint, int count) =>
        MessageContent.Check(Repeat(codePoint, count)).ShouldBeNull();

    [Theory]
    [InlineData("x", 5001)]
    [InlineData("é", 5001)]
    [InlineData(Grin, 5001)]
    [InlineData("x", 20000)]
    public void Check_BeyondMaxLength_IsTooLong(string codePoint, int count) =>
        MessageContent.Check(Repeat(codePoint, count)).ShouldBe(MessageErrors.TooLong);

    [Fact]
    public void Check_CodePointsOfTwoUnits_CountOnceEach()
    {
        var content = Repeat(Grin, 5000);

        content.Length.ShouldBe(10000);
        MessageContent.Check(content).ShouldBeNull();
        MessageContent.Check(content + "x").ShouldBe(MessageErrors.TooLong);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\t\r\n")]
    [InlineData("\u00A0\u2003\u3000\u2028\u0085")]
    [InlineData("\u200B")]
    [InlineData("\u200C\u200D\u2060\uFEFF")]
    [InlineData("\u200B \u200B\n")]
    [InlineData("\u00AD")]
    [InlineData("\U000E0020")]
    [InlineData("\u0001\u001B")]
    [InlineData("\u2800")]
    [InlineData("\u3164")]
    [InlineData("\u115F\u1160")]
    [InlineData("\uFFA0")]
    [InlineData("\u034F")]
    [InlineData("\uFE0F")]
    [InlineData("\u180B")]
    [InlineData("\u17B4")]
    [InlineData("\u2065")]
    [InlineData("\U000E0100")]
    [InlineData("\u2800 \u3164\r\n\uFE0F")]
    public void Check_NothingToSee_IsEmpty(string content) => MessageContent.Check(content).ShouldBe(MessageErrors.Empty);

    /// <summary>UTF-16 code units as numbers, because the compiler does not preserve an unpaired surrogate in an attribute.</summary>
    [Theory]
    [InlineData(new[] { 0x0000 })]
    [InlineData(new[] { 0x0061, 0x0000, 0x0062 })]
    [InlineData(new[] { 0xD83D })]
    [InlineData(new[] { 0xDE00 })]
    [InlineData(new[] { 0xDE00, 0xD83D })]
    [InlineData(new[] { 0x0061, 0xD83D, 0x0062 })]
    [InlineData(new[] { 0x0061, 0xDE00, 0x0062 })]
    [InlineData(new[] { 0xD83D, 0xD83D, 0xDE00 })]
    [InlineData(new[] { 0xD83D, 0xDE00, 0xDE00 })]
    [InlineData(new[] { 0x0061, 0x0062, 0xD83D })]
    public void Check_NulOrHalfASurrogatePair_IsInvalidText(int[] units)
    {
        var content = new string([.. units.Select(unit => (char)unit)]);

        MessageContent.Check(content).ShouldBe(MessageErrors.InvalidText);
    }

    [Fact]
    public void Check_InvalidTextBehindTheLimit_IsStillFound() =>
        MessageContent.Check(Repeat("x", 5001) + '\0').ShouldBe(MessageErrors.InvalidText);

    [Fact]
    public void Check_AnyMixture_AgreesWithPlainModel()
    {
        var valid = Gen.OneOf(Gen.Const("x"), Gen.Const(Grin), Gen.Const(" "), Gen.Const("\u200B"), Gen.Const("\u3000"));
        var broken = Gen.OneOf(Gen.Const("\0"), Gen.Const("\uD83D"), Gen.Const("\uDE00"));
        var piece = Gen.Frequency((20, valid), (1, broken));
        var length = Gen.Frequency((5, Gen.Int[0, 8]), (1, Gen.Int[4998, 5003]));
        var mixture = length.SelectMany(count => piece.Array[Math.Min(count, 8)].Select(pieces => string.Concat(pieces) + Tail(count)));

        mixture.Sample(
            content => MessageContent.Check(content) == ExpectedFor(content), iter: 2_000, print: content => $"{content.Length}");

        static string Tail(int count) => Repeat(count % 2 == 0 ? "x" : Grin, Math.Max(0, count - 8));
    }

    private static Domain.Primitives.DomainError? ExpectedFor(string content)
    {
        var withoutPairs = Regex.Replace(content, "[\uD800-\uDBFF][\uDC00-\uDFFF]", "x");
        if (Regex.IsMatch(withoutPairs, "[\0\uD800-\uDFFF]"))
            return MessageErrors.InvalidText;

        if (withoutPairs.Trim(' ', '\u200B', '\u3000').Length == 0)
            return MessageErrors.Empty;

        return withoutPairs.Length > 5000 ? MessageErrors.TooLong : null;
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
