using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Search;

/// <summary>The errors of a search for messages.</summary>
public static class SearchErrors
{
    public static readonly DomainError TooShort = new(
        "search.query_too_short",
        ErrorKind.Invalid,
        "A query needs a word of 2 or more characters, or a character of a script such as Chinese. It can be left out only if "
            + "hasAttachment is true.");

    public static readonly DomainError TooLong = new(
        "search.query_too_long",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture,
            $"A search has at most {SearchTerms.QueryMaxLength} characters and {SearchTerms.TermsMax} terms."));

    public static readonly DomainError InvalidText = new(
        "search.invalid_text", ErrorKind.Invalid, "The query must be valid Unicode without U+0000.");

    public static readonly DomainError InvalidRange = new(
        "search.invalid_range", ErrorKind.Invalid, "'after' must be earlier than 'before'.");
}
