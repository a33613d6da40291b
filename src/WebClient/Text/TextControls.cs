namespace CleanMessaging.WebClient.Text;

/// <summary>Invisible characters that change how the text around them is drawn.</summary>
internal static class TextControls
{
    /// <summary>Ranges of invisible code points, first and last, in addition to the format characters of Unicode (category Cf).</summary>
    private static readonly (int First, int Last)[] _invisible =
    [
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2028, 0x2029), (0x2065, 0x2065), (0x2800, 0x2800),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1D159, 0x1D159), (0xE0000, 0xE0FFF),
    ];

    /// <summary>Whether a character changes the direction of text: embeddings, overrides, isolates and marks.</summary>
    public static bool IsDirectional(char character) => IsNesting(character) || character is '\u200E' or '\u200F' or '\u061C';

    /// <summary>Whether a text contains a character that draws nothing, directional ones included. The space is not one.</summary>
    public static bool HasInvisible(string text) => text.EnumerateRunes().Any(IsInvisible);

    /// <summary>
    /// Cleans a text for use in a line with other texts. Removes characters that begin or end an embedding, an override or an isolate:
    /// without the counterpart, such a character would reorder the adjacent text, even outside an isolating element. Line separators become
    /// spaces.
    /// </summary>
    public static string Inline(string text) =>
        text.Any(character => IsNesting(character) || IsLineSeparator(character))
            ? string.Concat(
                text.Where(character => !IsNesting(character)).Select(character => IsLineSeparator(character) ? ' ' : character))
            : text;

    private static bool IsNesting(char character) => character is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static bool IsLineSeparator(char character) => character is '\u2028' or '\u2029' or '\u0085';

    private static bool IsInvisible(System.Text.Rune rune) =>
        System.Text.Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format
        || Array.Exists(_invisible, range => rune.Value >= range.First && rune.Value <= range.Last);
}
