using CleanMessaging.Application.Messages;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>Reads a message from the ten columns in which the functions of <c>visibility.sql</c> return it.</summary>
internal static class MessageRow
{
    /// <param name="first">The position of the column with the id.</param>
    public static MessageResponse Read(NpgsqlDataReader row, int first, Guid conversationId)
    {
        var readAt = TimeAt(row, first + 9);

        return new MessageResponse(
            row.GetGuid(first),
            conversationId,
            row.GetInt64(first + 1),
            row.GetInt64(first + 2),
            row.GetGuid(first + 3),
            row.GetString(first + 4),
            row.GetDateTime(first + 5),
            row.GetDateTime(first + 6),
            TimeAt(row, first + 7),
            readAt is not null,
            readAt,
            row.IsDBNull(first + 8) ? null : row.GetGuid(first + 8));
    }

    private static DateTimeOffset? TimeAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDateTime(column);
}
