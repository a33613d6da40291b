using System.Globalization;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class EmojiTests
{
    private const string Joiner = "\u200D";

    public static TheoryData<string, string> Valid => new()
    {
        { "pictograph", "👍" },
        { "heart with U+FE0F", "❤\uFE0F" },
        { "heart without U+FE0F", "❤" },
        { "emoji of the basic plane", "✅" },
        { "text by default", "©" },
        { "text by default with U+FE0F", "©\uFE0F" },
        { "text by default of another block, with U+FE0F", "™\uFE0F" },
        { "skin tone", "👍🏽" },
        { "flag of a region", "🇩🇪" },
        { "flag of Scotland", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F" },
        { "pirate flag", $"🏴{Joiner}☠\uFE0F" },
        { "black flag", "🏴" },
        { "keycap", "1\uFE0F\u20E3" },
        { "keycap without U+FE0F", "#\u20E3" },
        { "family", $"👨{Joiner}👩{Joiner}👧{Joiner}👦" },
        { "ten code points", $"👩🏽{Joiner}❤\uFE0F{Joiner}💋{Joiner}👨🏿" },
        { "five joined", string.Join(Joiner, Enumerable.Repeat("👩", 5)) },
        { "reserved for a later version", "\U0001FAFF" },
    };

    public static TheoryData<string, string> Invalid => new()
    {
        { "nothing", "" },
        { "letter", "a" },
        { "digit", "1" },
        { "text", "ok" },
        { "letter and joiner", $"a{Joiner}" },
        { "letter and U+FE0F", "a\uFE0F" },
        { "joiner", Joiner },
        { "U+FE0F", "\uFE0F" },
        { "emoji and joiner", $"👍{Joiner}" },
        { "joiner and emoji", $"{Joiner}👍" },
        { "two joiners", $"👩{Joiner}{Joiner}👩" },
        { "emoji joined with a letter", $"👩{Joiner}a" },
        { "two emoji", "👍👍" },
        { "emoji and text", "👍!" },
        { "emoji and white space", "👍 " },
        { "six joined, eleven code points", string.Join(Joiner, Enumerable.Repeat("👩", 6)) },
        { "eleven joined", string.Join(Joiner, Enumerable.Repeat("👩", 11)) },
        { "high surrogate", "\uD83D" },
        { "low surrogate", "\uDC4D" },
        { "surrogates in the wrong order", "\uDC4D\uD83D" },
        { "one regional indicator", "\U0001F1E9" },
        { "three regional indicators", "\U0001F1E9\U0001F1EA\U0001F1EB" },
        { "skin tone alone", "\U0001F3FD" },
        { "two skin tones", "👍🏽🏽" },
        { "text presentation", "❤\uFE0E" },
        { "keycap of a letter", "a\uFE0F\u20E3" },
        { "keycap sign alone", "\u20E3" },
        { "keycap and more", "1\uFE0F\u20E31" },
        { "tags without an end", "\U0001F3F4\U000E0067\U000E0062" },
        { "tags after another emoji", "👍\U000E0067\U000E007F" },
        { "end of tags alone", "\U0001F3F4\U000E007F" },
        { "symbol that is no emoji", "\u2190" },
        { "sign next to ©", "ª" },
        { "sign next to © with U+FE0F", "ª\uFE0F" },
        { "sound recording copyright, which is no emoji", "℗" },
        { "sound recording copyright with U+FE0F", "℗\uFE0F" },
        { "mahjong tile", "\U0001F000" },
        { "chess piece", "\U0001FA00" },
        { "U+0000", "\0" },
        { "combining accent", "👍\u0301" },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public void TryParse_OneEmoji_KeepsItVerbatim(string name, string text)
    {
        Emoji.TryParse(text, out var emoji).ShouldBeTrue(name);

        emoji!.Text.ShouldBe(text);
        StringInfo.GetNextTextElementLength(text).ShouldBe(text.Length, "It is more than one grapheme cluster.");
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void TryParse_AnythingElse_IsRejected(string name, string text) => Emoji.TryParse(text, out _).ShouldBeFalse(name);

    /// <summary>Every accepted text is one character on the screen, which no combination of the parts of emoji changes.</summary>
    [Fact]
    public void TryParse_RandomPartsOfEmoji_AcceptsOnlySingleGraphemeClusters()
    {
        string[] parts =
            ["👍", "👩", "❤", "🏴", "\uFE0F", Joiner, "🏽", "\U0001F1E9", "1", "#", "\u20E3", "\U000E0067", "\U000E007F", "a", "☠", "\uD83D"];
        var random = new Random(42);
        var accepted = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => parts[random.Next(parts.Length)]));
            if (!Emoji.TryParse(text, out _))
                continue;

            accepted++;
            StringInfo.GetNextTextElementLength(text).ShouldBe(text.Length, text);
        }

        accepted.ShouldBeGreaterThan(1000);
    }

    [Theory]
    [InlineData("❤\uFE0F", "❤", true)]
    [InlineData("1\uFE0F\u20E3", "1\u20E3", true)]
    [InlineData("👍", "👍🏽", false)]
    [InlineData("👍", "👎", false)]
    public void IsSameAs_ApartFromThePresentation_ComparesTheCodePoints(string one, string other, bool isSame)
    {
        Emoji.TryParse(one, out var first).ShouldBeTrue();
        Emoji.TryParse(other, out var second).ShouldBeTrue();

        first!.IsSameAs(second!).ShouldBe(isSame);
        second!.IsSameAs(first).ShouldBe(isSame);
    }
}
