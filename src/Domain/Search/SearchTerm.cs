using System.Text;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Search;

/// <summary>
/// A word or a phrase to search for, in folded form (<see cref="TextFolding"/>). It matches anywhere in a text if it has 3 or more
/// characters, a character of a script in which every letter can begin a word (<see cref="UnspacedScripts"/>), or an emoji. Otherwise a
/// term of 2 characters matches at the beginning of a word, and a single character as a whole word.
/// </summary>
internal sealed class SearchTerm
{
    /// <summary>The length in code points from which a term matches anywhere.</summary>
    private const int AnywhereMinLength = 3;

    private readonly string _text;
    private readonly bool _atWordStart;
    private readonly bool _atWordEnd;

    /// <param name="folded">A folded text that is not empty, without space at its ends.</param>
    public SearchTerm(string folded)
    {
        _text = folded;
        var length = UnicodeText.CodePointsOf(folded);
        var isAnywhere = length >= AnywhereMinLength || folded.EnumerateRunes().Any(IsUnspacedOrEmoji);
        (_atWordStart, _atWordEnd) = (!isAnywhere, !isAnywhere && length == 1);
    }

    /// <summary>Whether the term is too short to be searched for without another term.</summary>
    public bool IsTooShort => _atWordEnd;

    /// <summary>Returns the ranges of a folded text in which the term occurs, in order. They can overlap.</summary>
    public IEnumerable<(int Start, int End)> FindIn(string folded)
    {
        for (var start = IndexIn(folded, 0); start >= 0; start = IndexIn(folded, start + 1))
            yield return (start, start + _text.Length);
    }

    public bool OccursIn(string folded) => IndexIn(folded, 0) >= 0;

    /// <summary>Returns the index at which the term first occurs in a folded text, at or after another index; -1 if it does not.</summary>
    private int IndexIn(string folded, int from)
    {
        while (from <= folded.Length - _text.Length)
        {
            var start = folded.IndexOf(_text, from, StringComparison.Ordinal);
            if (start < 0 || ((!_atWordStart || IsWordStart(folded, start)) && (!_atWordEnd || IsWordEnd(folded, start + _text.Length))))
                return start;

            from = start + 1;
        }

        return -1;
    }

    /// <summary>
    /// Whether a word can begin at an index: at the start, after a character that is neither letter nor digit, and after one of a script
    /// without spaces.
    /// </summary>
    private static bool IsWordStart(string folded, int index)
    {
        if (index == 0)
            return true;

        Rune.DecodeLastFromUtf16(folded.AsSpan(0, index), out var before, out _);

        return !IsOfWord(before);
    }

    private static bool IsWordEnd(string folded, int index)
    {
        if (index == folded.Length)
            return true;

        Rune.DecodeFromUtf16(folded.AsSpan(index), out var after, out _);

        return !IsOfWord(after);
    }

    private static bool IsOfWord(Rune rune) => (Rune.IsLetterOrDigit(rune) || Marks.Contain(rune)) && !UnspacedScripts.Contain(rune);

    private static bool IsUnspacedOrEmoji(Rune rune) =>
        !rune.IsAscii && (UnspacedScripts.Contain(rune) || EmojiCharacters.ArePictographs(rune));
}
