using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <summary>What may be said. Text is kept verbatim: nothing is trimmed, normalized or escaped.</summary>
public static class MessageContent
{
    /// <summary>The longest text, in Unicode code points (what PostgreSQL counts as characters), not in UTF-16 units.</summary>
    public const int MaxLength = 5000;

    /// <summary>The rule that a text breaks, or null when it may be sent.</summary>
    public static DomainError? Check(string content)
    {
        var codePoints = 0;
        var blank = true;
        for (var index = 0; index < content.Length; codePoints++)
        {
            if (!Rune.TryGetRuneAt(content, index, out var rune) || rune.Value == 0)
                return MessageErrors.InvalidText;

            blank = blank && IsInvisible(rune);
            index += rune.Utf16SequenceLength;
        }

        if (blank)
            return MessageErrors.Empty;

        return codePoints > MaxLength ? MessageErrors.TooLong : null;
    }

    /// <summary>Whether a text shows nothing: white space and zero-width characters alone, or nothing at all.</summary>
    public static bool IsBlank(string text) => text.EnumerateRunes().All(IsInvisible);

    private static bool IsInvisible(Rune rune) =>
        Rune.IsWhiteSpace(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format;
}
