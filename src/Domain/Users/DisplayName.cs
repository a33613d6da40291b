using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Users;

/// <summary>
/// Normalizes and validates display names. A name contains no invisible characters, so that two names cannot differ only in those.
/// </summary>
public static class DisplayName
{
    /// <summary>The maximum length of a name, in Unicode code points.</summary>
    public const int MaxLength = 100;

    /// <summary>The maximum number of consecutive combining marks; more would overlap the lines above and below.</summary>
    public const int MarksMax = 4;

    private const char EmojiSelector = '\uFE0F';

    /// <summary>
    /// Returns a name in its stored form: form C, without leading and trailing white space, with one space for each run of white space.
    /// Variation selectors (U+FE0F) after characters that are always drawn as emoji are removed.
    /// </summary>
    public static string Normalize(string text)
    {
        var trimmed = text.Trim();
        if (!UnicodeText.MayHave(trimmed, MaxLength))
            return trimmed;

        var normalized = new StringBuilder(trimmed.Length);
        foreach (var character in UnicodeText.ToNfc(trimmed))
        {
            if (character == EmojiSelector && FollowsEmoji(normalized))
                continue;
            else if (!IsSpace(character))
                normalized.Append(character);
            else if (normalized[^1] != ' ')
                normalized.Append(' ');
        }

        return normalized.ToString();
    }

    /// <summary>Returns the rule that a normalized text violates, or null if it is a valid name.</summary>
    public static DomainError? Check(string text)
    {
        var name = Normalize(text);
        if (!UnicodeText.MayHave(name, MaxLength))
            return UserErrors.InvalidDisplayName(DisplayNameFault.Length);

        if (!UnicodeText.IsWellFormed(name))
            return UserErrors.InvalidDisplayName(DisplayNameFault.HalfOfSurrogatePair);

        var runes = name.EnumerateRunes().ToArray();
        if (runes.Length > MaxLength || runes.All(InvisibleCharacters.IsInvisible))
            return UserErrors.InvalidDisplayName(DisplayNameFault.Length);

        return FaultOf(runes) is { } fault ? UserErrors.InvalidDisplayName(fault) : null;
    }

    private static DisplayNameFault? FaultOf(Rune[] name)
    {
        var marks = 0;
        for (var place = 0; place < name.Length; place++)
        {
            var rune = name[place];
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029)
                return DisplayNameFault.ControlCharacter;

            if (InvisibleCharacters.IsBidirectionalControl(rune))
                return DisplayNameFault.BidirectionalControl;

            if (rune.Value != ' ' && InvisibleCharacters.IsInvisible(rune) && !JoinedCharacters.Belongs(name, place))
                return DisplayNameFault.InvisibleCharacter;

            marks = IsMark(rune) ? marks + 1 : 0;
            if (marks > MarksMax)
                return DisplayNameFault.TooManyMarks;
        }

        return null;
    }

    /// <summary>Whether a text ends with a character that is always drawn as an emoji.</summary>
    private static bool FollowsEmoji(StringBuilder text) =>
        text.Length > 0
        && (Rune.TryCreate(text[^1], out var last) || (text.Length > 1 && Rune.TryCreate(text[^2], text[^1], out last)))
        && EmojiCharacters.Contain(last)
        && !EmojiCharacters.AreTextByDefault(last);

    /// <summary>
    /// Whether a character is white space within a line. Line breaks are invalid and are kept, so that validation finds them.
    /// </summary>
    private static bool IsSpace(char character) => char.GetUnicodeCategory(character) == UnicodeCategory.SpaceSeparator;

    /// <summary>
    /// Whether a character is a visible combining mark. Variation selectors have the category of a mark, but are invisible.
    /// </summary>
    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            && !InvisibleCharacters.IsHidden(rune);
}

/// <summary>The reason why a text is not a valid name.</summary>
public enum DisplayNameFault
{
    Length,
    HalfOfSurrogatePair,
    ControlCharacter,
    BidirectionalControl,
    InvisibleCharacter,
    TooManyMarks,
}
