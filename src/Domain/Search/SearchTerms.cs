using System.Globalization;
using System.Text;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;

namespace CleanMessaging.Domain.Search;

/// <summary>
/// What a user searches messages for: words, and phrases in quotation marks. All of them must occur in one message, in any order. Query and
/// text are compared in folded form (<see cref="TextFolding"/>): without regard to case, accents and width.
/// </summary>
public sealed class SearchTerms
{
    /// <summary>The maximum length of a query, in Unicode code points.</summary>
    public const int QueryMaxLength = 200;

    public const int TermsMax = 8;

    /// <summary>The maximum number of highlights of a text.</summary>
    public const int HighlightsMax = 20;

    private const int UnitsPerCodePointMax = 2;

    private readonly SearchTerm[] _terms;

    private SearchTerms(SearchTerm[] terms) => _terms = terms;

    /// <summary>
    /// Reads a query. Words are separated by white space. Text in quotation marks, straight or typographic, is one term with its spaces; an
    /// open quotation mark runs to the end.
    /// </summary>
    /// <exception cref="DomainException">
    /// <c>search.invalid_text</c>; <c>search.query_too_long</c>; <c>search.query_too_short</c>: all terms are single characters that match
    /// as whole words only
    /// </exception>
    public static SearchTerms Parse(string query) =>
        Check(query) is { } error ? throw new DomainException(error) : new SearchTerms([.. TermsOf(query)]);

    /// <summary>Returns the rule that a query violates, or null if the query is valid.</summary>
    public static DomainError? Check(string query)
    {
        if (!UnicodeText.IsWellFormed(query) || query.Contains('\0'))
            return SearchErrors.InvalidText;

        if (query.Length > QueryMaxLength * UnitsPerCodePointMax || UnicodeText.CodePointsOf(query) > QueryMaxLength)
            return SearchErrors.TooLong;

        var terms = TermsOf(query).ToList();
        if (terms.Count > TermsMax)
            return SearchErrors.TooLong;

        return terms.TrueForAll(term => term.IsTooShort) ? SearchErrors.TooShort : null;
    }

    /// <summary>Returns whether every term occurs in a text.</summary>
    public bool Match(string text)
    {
        var folded = TextFolding.Fold(text);

        return Array.TrueForAll(_terms, term => term.OccursIn(folded));
    }

    /// <summary>
    /// Returns the parts of a text that match, or null unless every term occurs in it: at most <see cref="HighlightsMax"/>, in order, not
    /// overlapping, and each of whole characters as users see them.
    /// </summary>
    public IReadOnlyList<Highlight>? FindIn(string text)
    {
        var folded = FoldedText.Of(text);
        var found = new List<(int Start, int End)>();
        foreach (var term in _terms)
        {
            var before = found.Count;
            found.AddRange(term.FindIn(folded.Text));
            if (found.Count == before)
                return null;
        }

        var characters = StringInfo.ParseCombiningCharacters(text);
        var sources = Merge(found).Take(HighlightsMax)
            .Select(range => folded.SourceOf(range.Start, range.End - range.Start))
            .Select(source => (StartOf(source.Start), EndOf(source.End)));

        return [.. Merge([.. sources]).Select(range => new Highlight(range.Start, range.End - range.Start))];

        int StartOf(int start) => Array.BinarySearch(characters, start) is var index && index >= 0 ? start : characters[~index - 1];

        int EndOf(int end)
        {
            var index = Array.BinarySearch(characters, end);
            if (index >= 0)
                return end;

            return ~index < characters.Length ? characters[~index] : text.Length;
        }
    }

    /// <summary>Sorts ranges, and joins those that overlap or touch.</summary>
    private static IEnumerable<(int Start, int End)> Merge(List<(int Start, int End)> ranges)
    {
        ranges.Sort();
        var (start, end) = ranges[0];
        foreach (var range in ranges)
        {
            if (range.Start > end)
            {
                yield return (start, end);
                (start, end) = range;
            }

            end = Math.Max(end, range.End);
        }

        yield return (start, end);
    }

    private static IEnumerable<SearchTerm> TermsOf(string query) => Split(query)
        .Select(term => TextFolding.Fold(term).Trim(' '))
        .Where(term => term.Length > 0)
        .Distinct()
        .Select(term => new SearchTerm(term));

    private static IEnumerable<string> Split(string query)
    {
        var term = new StringBuilder();
        var isQuoted = false;
        foreach (var rune in query.EnumerateRunes())
        {
            if (IsQuotationMark(rune) || (!isQuoted && Rune.IsWhiteSpace(rune)))
            {
                isQuoted ^= IsQuotationMark(rune);
                yield return term.ToString();
                term.Clear();
            }
            else
            {
                term.Append(rune.ToString());
            }
        }

        yield return term.ToString();
    }

    /// <summary>The quotation marks that keyboards offer: straight, typographic, French and full-width.</summary>
    private static bool IsQuotationMark(Rune rune) =>
        rune.Value is '"' or '\u201C' or '\u201D' or '\u201E' or '\u00AB' or '\u00BB' or '\uFF02';
}

/// <summary>A part of a text that matches a search.</summary>
/// <param name="Start">The index of its first UTF-16 unit.</param>
/// <param name="Length">Its length in UTF-16 units, at least 1.</param>
public sealed record Highlight(int Start, int Length);
