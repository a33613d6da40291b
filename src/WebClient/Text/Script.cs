using System.Text;

namespace CleanMessaging.WebClient.Text;

/// <summary>A writing system whose letters occur in host names.</summary>
internal enum Script
{
    /// <summary>Digits and the hyphen, which can be combined with every script.</summary>
    Common,

    /// <summary>
    /// A letter of a script that is not listed here, a combining mark on its own, or a letter that only looks like a listed one.
    /// </summary>
    Other,
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Devanagari,
    Bengali,
    Gurmukhi,
    Gujarati,
    Oriya,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Sinhala,
    Thai,
    Lao,
    Tibetan,
    Myanmar,
    Georgian,
    Ethiopic,
    Khmer,
    Hangul,
    Hiragana,
    Katakana,
    Bopomofo,
    Han,
}

/// <summary>
/// Determines the script of a character, which .NET does not provide. Covers the letters of modern names; historic scripts are excluded.
/// </summary>
internal static class Scripts
{
    /// <summary>The ranges of code points in ascending order.</summary>
    private static readonly (int First, int Last, Script Script)[] _ranges =
    [
        ('-', '-', Script.Common),
        ('0', '9', Script.Common),
        ('A', 'Z', Script.Latin),
        ('_', '_', Script.Common),
        ('a', 'z', Script.Latin),
        (0x00C0, 0x00D6, Script.Latin),
        (0x00D8, 0x00F6, Script.Latin),
        (0x00F8, 0x017F, Script.Latin),
        (0x01A0, 0x01A1, Script.Latin),
        (0x01AF, 0x01B0, Script.Latin),
        (0x01CD, 0x01DC, Script.Latin),
        (0x0218, 0x021B, Script.Latin),
        (0x0370, 0x03FF, Script.Greek),
        (0x0400, 0x052F, Script.Cyrillic),
        (0x0531, 0x058F, Script.Armenian),
        (0x0591, 0x05F4, Script.Hebrew),
        (0x0600, 0x06FF, Script.Arabic),
        (0x0750, 0x077F, Script.Arabic),
        (0x08A0, 0x08FF, Script.Arabic),
        (0x0900, 0x097F, Script.Devanagari),
        (0x0980, 0x09FF, Script.Bengali),
        (0x0A00, 0x0A7F, Script.Gurmukhi),
        (0x0A80, 0x0AFF, Script.Gujarati),
        (0x0B00, 0x0B7F, Script.Oriya),
        (0x0B80, 0x0BFF, Script.Tamil),
        (0x0C00, 0x0C7F, Script.Telugu),
        (0x0C80, 0x0CFF, Script.Kannada),
        (0x0D00, 0x0D7F, Script.Malayalam),
        (0x0D80, 0x0DFF, Script.Sinhala),
        (0x0E01, 0x0E5B, Script.Thai),
        (0x0E81, 0x0EDF, Script.Lao),
        (0x0F00, 0x0FDA, Script.Tibetan),
        (0x1000, 0x109F, Script.Myanmar),
        (0x10A0, 0x10FF, Script.Georgian),
        (0x1200, 0x137F, Script.Ethiopic),
        (0x1780, 0x17F9, Script.Khmer),
        (0x1EA0, 0x1EF9, Script.Latin),
        (0x1F00, 0x1FFE, Script.Greek),
        (0x3005, 0x3007, Script.Han),
        (0x3041, 0x309F, Script.Hiragana),
        (0x30A1, 0x30FF, Script.Katakana),
        (0x3105, 0x312F, Script.Bopomofo),
        (0x3400, 0x4DBF, Script.Han),
        (0x4E00, 0x9FFF, Script.Han),
        (0xAC00, 0xD7A3, Script.Hangul),
        (0x20000, 0x323AF, Script.Han),
    ];

    public static Script Of(Rune rune)
    {
        foreach (var (first, last, script) in _ranges)
        {
            if (rune.Value >= first && rune.Value <= last)
                return script;
        }

        return Script.Other;
    }

    /// <summary>Whether a text has letters that are written from right to left.</summary>
    public static bool HasRightToLeft(string text) => text.EnumerateRunes().Any(rune =>
        rune.Value is (>= 0x0590 and <= 0x08FF) or (>= 0xFB1D and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFC) or (
            >= 0x10800 and <= 0x10FFF) or (
            >= 0x1E800 and <= 0x1EFFF));
}
