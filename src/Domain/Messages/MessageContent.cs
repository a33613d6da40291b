using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Messages;

/// <summary>Validates message text. The text is stored exactly as sent: it is not trimmed, normalized or escaped.</summary>
public static class MessageContent
{
    /// <summary>
    /// The maximum length in Unicode code points, which PostgreSQL counts as characters. A code point has one or two UTF-16 units.
    /// </summary>
    public const int MaxLength = 5000;

    /// <summary>Returns the rule that a text violates, or null if the text is valid.</summary>
    /// <param name="canBeEmpty">
    /// Whether the message has attachments, which need no text. White space without a visible character stays an error, because the text is
    /// never trimmed.
    /// </param>
    public static DomainError? Check(string content, bool canBeEmpty = false)
    {
        if (canBeEmpty && content.Length == 0)
            return null;

        var codePoints = 0;
        var blank = true;
        for (var index = 0; index < content.Length; codePoints++)
        {
            if (!Rune.TryGetRuneAt(content, index, out var rune) || rune.Value == 0)
                return MessageErrors.InvalidText;

            blank = blank && InvisibleCharacters.IsInvisible(rune);
            index += rune.Utf16SequenceLength;
        }

        if (blank)
            return MessageErrors.Empty;

        return codePoints > MaxLength ? MessageErrors.TooLong : null;
    }
}
