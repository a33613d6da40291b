using System.Globalization;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Messages;

/// <summary>The errors of malformed searches. Only validators report them.</summary>
public static class SearchRequestErrors
{
    /// <summary>The error of other pages, with the range of a search.</summary>
    public static readonly DomainError LimitOutOfRange = new(
        PageErrors.LimitOutOfRange.Code,
        ErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"A page of a search has 1 to {SearchMessagesQuery.LimitMax} hits."));
}
