using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Users;

/// <summary>
/// Defines which names a user may have. A name contains nothing that a reader cannot see, so that no two names look the same for that reason.
/// </summary>
public static class DisplayName
{
    /// <summary>The longest name, in Unicode code points.</summary>
    public const int MaxLength = 100;

    /// <summary>The most combining marks in a row; more overlap the lines above and below.</summary>
    public const int MarksMax = 4;

    private const char EmojiSelector = '\uFE0F';

    /// <summary>
    /// A name as it is stored: in form C, without white space at its ends, with one space in place of each run of white space, and without the selectors
    /// (U+FE0F) that keyboards write after characters which are drawn as emoji anyway.
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

    /// <summary>The rule that a text breaks, once it is normalized; null when it can be a name.</summary>
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

    /// <summary>Whether a text ends with a character that is drawn in one way only, as an emoji.</summary>
    private static bool FollowsEmoji(StringBuilder text) =>
        text.Length > 0
        && (Rune.TryCreate(text[^1], out var last) || (text.Length > 1 && Rune.TryCreate(text[^2], text[^1], out last)))
        && EmojiCharacters.Contain(last)
        && !EmojiCharacters.AreTextByDefault(last);

    /// <summary>White space within a line. What ends a line is a fault, and stays to be found.</summary>
    private static bool IsSpace(char character) => char.GetUnicodeCategory(character) == UnicodeCategory.SpaceSeparator;

    /// <summary>A variation selector is a mark by its category, but is drawn as nothing.</summary>
    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark && !InvisibleCharacters.IsHidden(rune);
}

/// <summary>Why a text cannot be a name.</summary>
public enum DisplayNameFault
{
    Length,
    HalfOfSurrogatePair,
    ControlCharacter,
    BidirectionalControl,
    InvisibleCharacter,
    TooManyMarks,
}
