using System.Diagnostics.CodeAnalysis;
using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// One emoji, exactly as the client sent it: a pictograph, a sequence of pictographs joined by U+200D, a flag or a keycap (Unicode
/// Technical Standard 51). Pictographs include the characters that are drawn as text by default and as an emoji with U+FE0F, with and
/// without it: ❤, but also © and ™. The form is checked by ranges and not by a list of known emoji, so that emoji of later Unicode versions
/// are accepted.
/// </summary>
public sealed record Emoji
{
    /// <summary>The maximum number of code points; the longest recommended sequence has as many.</summary>
    public const int CodePointsMax = 10;

    /// <summary>The maximum size in UTF-8, in bytes.</summary>
    public const int BytesMax = 40;

    private const int ZeroWidthJoiner = 0x200D;
    private const int EmojiPresentation = 0xFE0F;
    private const int Keycap = 0x20E3;
    private const int BlackFlag = 0x1F3F4;
    private const int EndOfTags = 0xE007F;

    private Emoji(string text) => Text = text;

    /// <summary>The emoji as it was sent.</summary>
    public string Text { get; }

    /// <summary>Returns whether a text is exactly one emoji of at most 10 code points and 40 bytes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Emoji? emoji)
    {
        emoji = IsEmoji(text) ? new Emoji(text) : null;

        return emoji is not null;
    }

    /// <summary>Whether two emoji are the same apart from U+FE0F, which clients add or omit.</summary>
    public bool IsSameAs(Emoji other) => WithoutPresentation(Text) == WithoutPresentation(other.Text);

    private static string WithoutPresentation(string text) => text.Replace("\uFE0F", "", StringComparison.Ordinal);

    private static bool IsEmoji(string text)
    {
        var codePoints = new List<Rune>(CodePointsMax);
        for (var index = 0; index < text.Length; index += codePoints[^1].Utf16SequenceLength)
        {
            if (codePoints.Count == CodePointsMax || !Rune.TryGetRuneAt(text, index, out var rune))
                return false;

            codePoints.Add(rune);
        }

        return Encoding.UTF8.GetByteCount(text) <= BytesMax && (IsFlag(codePoints) || IsKeycap(codePoints) || IsJoined(codePoints));
    }

    /// <summary>Whether it is the flag of a region: two regional indicators.</summary>
    private static bool IsFlag(List<Rune> runes) => runes.Count == 2 && runes.TrueForAll(rune => rune.Value is >= 0x1F1E6 and <= 0x1F1FF);

    /// <summary>Whether it is a digit, # or *, followed by U+FE0F, which may be missing, and U+20E3.</summary>
    private static bool IsKeycap(List<Rune> runes) =>
        runes is [{ Value: (>= '0' and <= '9') or '#' or '*' }, .. var rest]
        && rest is [{ Value: Keycap }] or [{ Value: EmojiPresentation }, { Value: Keycap }];

    /// <summary>Whether it is one pictograph, or several joined by U+200D.</summary>
    private static bool IsJoined(List<Rune> runes)
    {
        var next = 0;
        while (TryReadElement(runes, ref next))
        {
            if (next == runes.Count)
                return true;

            if (runes[next++].Value != ZeroWidthJoiner)
                return false;
        }

        return false;
    }

    /// <summary>Reads a pictograph, and after it U+FE0F, a skin tone or the tags of a flag.</summary>
    private static bool TryReadElement(List<Rune> runes, ref int next)
    {
        if (next == runes.Count || !EmojiCharacters.ArePictographs(runes[next]))
            return false;

        var isBlackFlag = runes[next++].Value == BlackFlag;
        if (next == runes.Count)
            return true;

        if (runes[next].Value is EmojiPresentation or (>= 0x1F3FB and <= 0x1F3FF))
            next++;
        else if (isBlackFlag && IsTag(runes[next]))
            return TryReadTags(runes, ref next);

        return true;
    }

    private static bool TryReadTags(List<Rune> runes, ref int next)
    {
        while (next < runes.Count && IsTag(runes[next]))
            next++;

        return next < runes.Count && runes[next++].Value == EndOfTags;
    }

    /// <summary>Whether it is the tag of a digit or of a lower-case letter.</summary>
    private static bool IsTag(Rune rune) => rune.Value is (>= 0xE0030 and <= 0xE0039) or (>= 0xE0061 and <= 0xE007A);
}
