using System.Globalization;
using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>Defines which characters are invisible.</summary>
public static class InvisibleCharacters
{
    /// <summary>
    /// The Unicode property Default_Ignorable_Code_Point: characters that a renderer without support does not show (Unicode 16, section
    /// 5.21).
    /// </summary>
    private static readonly (int First, int Last)[] _defaultIgnorable =
    [
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
        (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
        (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    ];

    /// <summary>Whether a text is blank: it is empty, or has only white space, control, format and other invisible characters.</summary>
    public static bool ShowsNothing(string text) => text.EnumerateRunes().All(IsInvisible);

    /// <summary>
    /// Whether a character is invisible by itself: white space, a control or format character, a default-ignorable character, or a
    /// character with an empty glyph (U+2800, the Braille pattern without dots, and U+1D159, the null notehead).
    /// </summary>
    public static bool IsInvisible(Rune rune) =>
        Rune.IsWhiteSpace(rune) || IsHidden(rune) || Rune.IsControl(rune) || rune.Value is 0x2800 or 0x1D159;

    /// <summary>Whether a character has no width of its own: a format character or a default-ignorable character.</summary>
    public static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format || IsDefaultIgnorable(rune);

    /// <summary>Whether a character changes the direction of the text around it (the Unicode property Bidi_Control).</summary>
    public static bool IsBidirectionalControl(Rune rune) =>
        rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    private static bool IsDefaultIgnorable(Rune rune)
    {
        if (rune.IsAscii)
            return false;

        foreach (var (first, last) in _defaultIgnorable)
        {
            if (rune.Value <= last)
                return rune.Value >= first;
        }

        return false;
    }
}
