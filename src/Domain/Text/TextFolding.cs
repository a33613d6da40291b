using System.Globalization;
using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>
/// Folds text for search: removes differences in case, accents, compatibility forms and invisible characters. Two texts match
/// when their folded forms match. Stored and displayed text is not folded.
/// </summary>
/// <remarks>
/// The steps: format characters and other default-ignorable characters are removed; NFKD; combining marks are removed after letters of
/// scripts in which they are accents (<see cref="AccentedScripts"/>), except the breve of й and ў, which are separate letters; lower case;
/// a few letters that do not decompose get their usual spelling, and katakana becomes hiragana; NFC; each run of white space becomes one
/// space.
/// </remarks>
public static class TextFolding
{
    private const char CombiningBreve = '\u0306';

    private static readonly Dictionary<int, string> _spellings = new()
    {
        ['ß'] = "ss",
        ['æ'] = "ae",
        ['œ'] = "oe",
        ['ø'] = "o",
        ['đ'] = "d",
        ['ł'] = "l",
        ['ı'] = "i",
        ['ς'] = "σ",
    };

    /// <summary>Returns the folded form of a text. An unpaired surrogate becomes U+FFFD.</summary>
    public static string Fold(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!InvisibleCharacters.IsHidden(rune))
                visible.Append(rune.ToString());
        }

        var folded = new StringBuilder(visible.Length);
        var letter = default(Rune);
        var (isAccented, isSpace) = (false, false);
        foreach (var rune in UnicodeText.Normalize(visible.ToString(), NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark)
            {
                if (isAccented && !IsPartOfLetter(letter, rune))
                    continue;

                folded.Append(rune.ToString());
                isSpace = false;
                continue;
            }

            if (!Rune.IsWhiteSpace(rune))
                folded.Append(Spell(Rune.ToLowerInvariant(rune)));
            else if (!isSpace)
                folded.Append(' ');

            isSpace = Rune.IsWhiteSpace(rune);
            isAccented = AccentedScripts.Contains(rune);
            letter = rune;
        }

        return UnicodeText.ToNfc(folded.ToString());
    }

    private static bool IsPartOfLetter(Rune letter, Rune mark) =>
        mark.Value == CombiningBreve && letter.Value is 'и' or 'И' or 'у' or 'У';

    private static string Spell(Rune lower) =>
        _spellings.TryGetValue(lower.Value, out var spelling) ? spelling : ToHiragana(lower).ToString();

    /// <summary>Converts katakana to hiragana: the code points of the two syllabaries differ by 0x60.</summary>
    private static Rune ToHiragana(Rune rune) =>
        rune.Value is (>= 0x30A1 and <= 0x30F6) or 0x30FD or 0x30FE ? new Rune(rune.Value - 0x60) : rune;
}
