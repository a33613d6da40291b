using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Storage;

/// <summary>The errors of pages of lists.</summary>
public static class PageErrors
{
    public static readonly DomainError InvalidCursor = new(
        "page.invalid_cursor", ErrorKind.Invalid, "The cursor is invalid. Use the nextCursor of an earlier page of this list.");

    public static readonly DomainError LimitOutOfRange = new(
        "page.limit_out_of_range",
        ErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"A page has {PageLimit.Min} to {PageLimit.Max} items."));

    public static readonly DomainError AmbiguousCursor = new(
        "page.ambiguous_cursor", ErrorKind.Invalid, "Send at most one of before, after, beforeSequence, afterSequence and around.");
}
