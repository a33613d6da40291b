using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Users;

/// <summary>
/// Prepares the text and the terms of the user search. A term of 2 characters matches at the beginning of a word, a longer one anywhere.
/// Text and term are compared in folded form (<see cref="TextFolding"/>).
/// </summary>
public static class UserSearchText
{
    /// <summary>The minimum length of a term, in code points of its folded form.</summary>
    public const int TermMinLength = 2;

    /// <summary>The maximum length of a search, in code points.</summary>
    public const int SearchMaxLength = 100;

    /// <summary>
    /// Separates what is added for <see cref="WordStarts"/> from the text. No term contains it: folding makes white space a space.
    /// </summary>
    private const char Separator = '\n';

    /// <summary>The maximum length of the folded text that is searched, in code points; names are a few times shorter.</summary>
    private const int FoldedMaxLength = 400;

    /// <summary>The maximum number of words without a preceding space that can be found by their beginning.</summary>
    private const int InnerWordsMax = 32;

    /// <summary>
    /// Returns the searchable text of a name or an e-mail address: the folded text, followed by the rest of each word that has no space
    /// before it. Every word therefore begins at the start of the text or after a space.
    /// </summary>
    public static string Of(string text)
    {
        var folded = TextFolding.Fold(text).Trim().EnumerateRunes().Take(FoldedMaxLength).ToArray();
        var searched = new StringBuilder(TextOf(folded, 0, folded.Length));
        foreach (var start in WordStarts(folded).Take(InnerWordsMax))
        {
            var space = Array.FindIndex(folded, start, rune => rune.Value == ' ');
            searched.Append(Separator).Append(' ').Append(TextOf(folded, start, space < 0 ? folded.Length : space));
        }

        return searched.ToString();
    }

    /// <summary>
    /// Whether a search is valid. Null or blank text finds every user. Any other search has 2 to 100 characters, without white space at its
    /// ends, and no U+0000.
    /// </summary>
    public static bool IsAcceptable(string? search)
    {
        if (search?.Trim() is not { } trimmed)
            return true;

        return UnicodeText.MayHave(trimmed, SearchMaxLength)
            && UnicodeText.CodePointsOf(UnicodeText.ToNfc(trimmed)) <= SearchMaxLength
            && !trimmed.Contains('\0')
            && (TermOf(trimmed) is not { } term || UnicodeText.CodePointsOf(term) >= TermMinLength);
    }

    /// <summary>Returns the term to find in <see cref="Of"/>; null for a search that finds every user.</summary>
    public static string? TermOf(string? search) =>
        search is null || InvisibleCharacters.ShowsNothing(search) ? null : TextFolding.Fold(search).Trim();

    private static IEnumerable<int> WordStarts(Rune[] folded)
    {
        for (var place = 1; place < folded.Length; place++)
        {
            var (before, here) = (folded[place - 1], folded[place]);
            if (!Rune.IsLetterOrDigit(here) || before.Value == ' ')
                continue;

            if (UnspacedScripts.Contain(here) || (!Rune.IsLetterOrDigit(before) && !IsMark(before)))
                yield return place;
        }
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static string TextOf(Rune[] runes, int start, int end)
    {
        var text = new StringBuilder(end - start);
        foreach (var rune in runes.AsSpan(start, end - start))
            text.Append(rune.ToString());

        return text.ToString();
    }
}
