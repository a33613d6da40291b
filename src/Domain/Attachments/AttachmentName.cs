using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Attachments;

/// <summary>Validates the names and descriptions of attachments. Both are stored exactly as sent. A name is never used as a path.</summary>
public static class AttachmentName
{
    /// <summary>The maximum length of a name in Unicode code points.</summary>
    public const int MaxLength = 200;

    /// <summary>The maximum length of a description in Unicode code points.</summary>
    public const int DescriptionMaxLength = 500;

    /// <summary>Returns the rule that a name violates, or null if it is valid.</summary>
    public static DomainError? Check(string name)
    {
        if (name is "." or ".." || !UnicodeText.IsWellFormed(name) || InvisibleCharacters.ShowsNothing(name))
            return AttachmentErrors.InvalidName;

        var codePoints = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            if (++codePoints > MaxLength || IsForbidden(rune))
                return AttachmentErrors.InvalidName;
        }

        return null;
    }

    /// <summary>Returns the rule that a description violates, or null if it is valid.</summary>
    public static DomainError? CheckDescription(string description)
    {
        var isValid = UnicodeText.IsWellFormed(description)
            && !description.Contains('\0', StringComparison.Ordinal)
            && !InvisibleCharacters.ShowsNothing(description)
            && UnicodeText.CodePointsOf(description) <= DescriptionMaxLength;

        return isValid ? null : AttachmentErrors.InvalidDescription;
    }

    /// <summary>
    /// Returns the extension by which a system chooses the program for a file, without the dot and in lower case; empty if there is none.
    /// Only ASCII letters and digits count. Systems and browsers remove dots, spaces and invisible characters, and Windows also what
    /// follows a colon.
    /// </summary>
    public static string ExtensionOf(string name)
    {
        var visible = string.Concat(name.Where(character => character is ':' or '.' || char.IsAsciiLetterOrDigit(character)));
        var colon = visible.IndexOf(':', StringComparison.Ordinal);
        var trimmed = (colon < 0 ? visible : visible[..colon]).TrimEnd('.');
        var dot = trimmed.LastIndexOf('.');

        return dot < 0 ? "" : trimmed[(dot + 1)..].ToLowerInvariant();
    }

    /// <summary>
    /// Whether a character could hide the real extension (overrides and isolates of the direction), break a line of a header, or separate
    /// folders of a path.
    /// </summary>
    private static bool IsForbidden(Rune rune) =>
        Rune.IsControl(rune)
            || rune.Value is '/' or '\\' or 0x2028 or 0x2029 or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
