using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;

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

            blank = blank && InvisibleCharacters.IsInvisible(rune);
            index += rune.Utf16SequenceLength;
        }

        if (blank)
            return MessageErrors.Empty;

        return codePoints > MaxLength ? MessageErrors.TooLong : null;
    }
}
