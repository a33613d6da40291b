using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// The cursor of a search: a position, and a hash of the search and its user, so that it cannot continue another search by mistake.
/// </summary>
internal static class SearchCursor
{
    private const char Separator = '.';
    private const int HashLength = 8;

    public static string Of(SearchPosition position, SearchMessagesQuery query) => new Cursor(
        string.Create(
            CultureInfo.InvariantCulture, $"{position.CreatedAt.UtcTicks}{Separator}{position.Sequence}{Separator}{HashOf(query)}"),
        position.ConversationId).ToString();

    /// <exception cref="DomainException"><c>page.invalid_cursor</c>: malformed, or of another search.</exception>
    public static SearchPosition Parse(string text, SearchMessagesQuery query) =>
        Cursor.TryParse(text, out var cursor)
            && cursor.Key.Split(Separator) is [var ticksText, var sequenceText, var hash]
            && long.TryParse(ticksText, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= DateTimeOffset.MaxValue.Ticks
            && long.TryParse(sequenceText, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && hash == HashOf(query)
            ? new SearchPosition(new DateTimeOffset(ticks, TimeSpan.Zero), cursor.Id, sequence)
            : throw new DomainException(PageErrors.InvalidCursor);

    private static string HashOf(SearchMessagesQuery query)
    {
        // The query is last, because it is the only part that can contain the separator.
        var search = string.Create(
            CultureInfo.InvariantCulture,
            $"{query.UserId.Value} {query.ConversationId?.Value} {query.SenderId?.Value} {query.After:O} {query.Before:O} "
                + $"{query.HasAttachment} {query.Text}");

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(search)).AsSpan(0, HashLength));
    }
}
