using System.Buffers;
using System.Globalization;
using System.Text;

namespace CleanMessaging.Domain.Text;

/// <summary>
/// Folds text for search: removes differences in case, accents, compatibility forms and invisible characters. Two texts match
/// when their folded forms match. Stored and displayed text is not folded.
/// </summary>
/// <remarks>
/// The steps: format characters, other default-ignorable characters and the marks after 30 consecutive ones are removed; NFKD; combining
/// marks are removed after letters of scripts in which they are accents (<see cref="AccentedScripts"/>), except the breve of й and ў, which
/// are separate letters; lower case; a few letters that do not decompose get their usual spelling, and katakana becomes hiragana; NFC; each
/// run of white space becomes one space.
/// </remarks>
public static class TextFolding
{
    private const char CombiningBreve = '\u0306';

    /// <summary>
    /// The maximum number of consecutive marks; further ones are dropped. The time to normalize grows with the square of their number. No
    /// word has more (Unicode Standard Annex #15, Stream-Safe Text Format).
    /// </summary>
    private const int MarksMax = 30;

    private static readonly SearchValues<char> _asciiSpacesToFold = SearchValues.Create("\t\n\v\f\r");

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
        if (Ascii.IsValid(text) && !text.AsSpan().ContainsAny(_asciiSpacesToFold) && !text.Contains("  ", StringComparison.Ordinal))
            return text.ToLowerInvariant();

        var isAfterSpace = false;

        return FoldPart(text, ref isAfterSpace);
    }

    /// <summary>
    /// Folds a part of a text. The parts that <see cref="FoldedText"/> makes of a text give the folded form of the whole.
    /// </summary>
    /// <param name="isAfterSpace">Whether the part before ends with white space; then whether this one does.</param>
    internal static string FoldPart(string part, ref bool isAfterSpace)
    {
        var folded = new StringBuilder(part.Length);
        var letter = default(Rune);
        var isAccented = false;
        Span<char> units = stackalloc char[2];
        foreach (var rune in UnicodeText.Normalize(WithoutHidden(part), NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark)
            {
                if (isAccented && !IsPartOfLetter(letter, rune))
                    continue;

                folded.Append(units[..rune.EncodeToUtf16(units)]);
                isAfterSpace = false;
                continue;
            }

            var isSpace = Rune.IsWhiteSpace(rune);
            if (!isSpace)
                Spell(folded, Rune.ToLowerInvariant(rune), units);
            else if (!isAfterSpace)
                folded.Append(' ');

            isAfterSpace = isSpace;
            isAccented = AccentedScripts.Contains(rune);
            letter = rune;
        }

        return UnicodeText.ToNfc(folded.ToString());
    }

    /// <summary>Returns the text without invisible characters and without marks that no word has.</summary>
    private static string WithoutHidden(string text)
    {
        var visible = new StringBuilder(text.Length);
        var marks = 0;
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (InvisibleCharacters.IsHidden(rune))
                continue;

            marks = IsMark(rune) ? marks + 1 : 0;
            if (marks <= MarksMax)
                visible.Append(units[..rune.EncodeToUtf16(units)]);
        }

        return visible.ToString();
    }

    /// <summary>Whether a character is a mark, or becomes one in form NFKD: the half-width sound marks of kana.</summary>
    private static bool IsMark(Rune rune) => rune.Value is 0xFF9E or 0xFF9F || Marks.Contain(rune);

    private static bool IsPartOfLetter(Rune letter, Rune mark) =>
        mark.Value == CombiningBreve && letter.Value is 'и' or 'И' or 'у' or 'У';

    private static void Spell(StringBuilder folded, Rune lower, Span<char> units)
    {
        if (_spellings.TryGetValue(lower.Value, out var spelling))
            folded.Append(spelling);
        else
            folded.Append(units[..ToHiragana(lower).EncodeToUtf16(units)]);
    }

    /// <summary>Converts katakana to hiragana: the code points of the two syllabaries differ by 0x60.</summary>
    private static Rune ToHiragana(Rune rune) =>
        rune.Value is (>= 0x30A1 and <= 0x30F6) or 0x30FD or 0x30FE ? new Rune(rune.Value - 0x60) : rune;
}
