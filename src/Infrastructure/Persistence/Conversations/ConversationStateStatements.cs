using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence.Messages;
using Npgsql;
using NpgsqlTypes;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

/// <summary>Builds the statements that read many conversations at once, and reads their rows. Both are planned once and look up each row by an index.</summary>
internal static class ConversationStateStatements
{
    private const int UnreadColumn = 14;
    private const int ReadAtColumn = 16;
    private const int MessageColumn = 17;

    /// <summary>
    /// Reads each conversation with both participants, the unread counts of the viewers, and the last message. Each row is looked up by a subquery with a limit, so that no plan
    /// scans a table, independently of the statistics.
    /// </summary>
    private static readonly string _states =
        $"""
        SELECT c.id, c.last_sequence, c.revision, c.created_at,
               low.user_id, low_user.display_name, low_user.role, low.last_read_sequence, low_user.deactivated_at IS NOT NULL,
               high.user_id, high_user.display_name, high_user.role, high.last_read_sequence, high_user.deactivated_at IS NOT NULL,
               CASE WHEN low.user_id <> ALL ($2) THEN NULL
                    WHEN low.last_read_sequence >= c.last_sequence THEN 0
                    ELSE count_received(c.id, low.user_id, $3, low.last_read_sequence, c.last_sequence) END,
               CASE WHEN high.user_id <> ALL ($2) THEN NULL
                    WHEN high.last_read_sequence >= c.last_sequence THEN 0
                    ELSE count_received(c.id, high.user_id, $3, high.last_read_sequence, c.last_sequence) END,
               receipt.read_at, {MessageConfiguration.Columns.NamesOf("last")}
        FROM unnest($1) AS wanted(id)
        CROSS JOIN LATERAL (SELECT * FROM conversations WHERE id = wanted.id LIMIT 1) AS c
        CROSS JOIN LATERAL (SELECT * FROM participants WHERE conversation_id = c.id AND user_id = c.pair_low LIMIT 1) AS low
        CROSS JOIN LATERAL (SELECT * FROM participants WHERE conversation_id = c.id AND user_id = c.pair_high LIMIT 1) AS high
        CROSS JOIN LATERAL (SELECT * FROM users WHERE id = c.pair_low LIMIT 1) AS low_user
        CROSS JOIN LATERAL (SELECT * FROM users WHERE id = c.pair_high LIMIT 1) AS high_user
        LEFT JOIN LATERAL (SELECT * FROM messages WHERE $4 AND c.last_sequence > 0 AND id = newest_visible_id(c.id, $3) LIMIT 1) AS last ON true
        LEFT JOIN LATERAL (
            SELECT read_at FROM read_marks
            WHERE conversation_id = last.conversation_id AND user_id <> last.sender_id AND up_to_sequence >= last.sequence
            ORDER BY up_to_sequence LIMIT 1) AS receipt ON true
        """;

    /// <summary>Reads the newly read messages of each read pointer that has moved. The condition on expires_at is the same as Message.VisibleAt.</summary>
    private const string Receipts =
        """
        SELECT c.last_sequence, c.revision, newest.ids
        FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS moved(conversation_id, reader_id, after_sequence, last_read_sequence, place)
        CROSS JOIN LATERAL (SELECT last_sequence, revision FROM conversations WHERE id = moved.conversation_id LIMIT 1) AS c
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(id ORDER BY sequence), '{}') AS ids FROM (
                SELECT id, sequence FROM messages
                WHERE conversation_id = moved.conversation_id AND sequence > moved.after_sequence AND sequence <= moved.last_read_sequence
                  AND sender_id <> moved.reader_id AND (expires_at IS NULL OR expires_at > $5)
                ORDER BY sequence DESC LIMIT $6) AS received) AS newest
        ORDER BY moved.place
        """;

    public static NpgsqlCommand ToReadStates(
        NpgsqlDataSource database, IReadOnlyCollection<Guid> conversationIds, IReadOnlyCollection<Guid> viewerIds, DateTimeOffset now, bool withLastMessage)
    {
        var command = database.CreateCommand(_states);
        command.Parameters.Add(Uuids(conversationIds));
        command.Parameters.Add(Uuids(viewerIds));
        command.Parameters.Add(Instant(now));
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = withLastMessage });

        return command;
    }

    public static NpgsqlCommand ToReadReceipts(NpgsqlDataSource database, IReadOnlyList<MessagesRead> reads, DateTimeOffset now)
    {
        var command = database.CreateCommand(Receipts);
        command.Parameters.Add(Uuids([.. reads.Select(read => read.ConversationId)]));
        command.Parameters.Add(Uuids([.. reads.Select(read => read.UserId)]));
        command.Parameters.Add(Numbers([.. reads.Select(read => read.AfterSequence)]));
        command.Parameters.Add(Numbers([.. reads.Select(read => read.LastReadSequence)]));
        command.Parameters.Add(Instant(now));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = GetReadReceiptEventsQuery.MessagesMax });

        return command;
    }

    public static ConversationState ReadState(NpgsqlDataReader reader, DateTimeOffset now)
    {
        var low = ReadParticipant(reader, 4);
        var high = ReadParticipant(reader, 9);
        var unread = new Dictionary<Guid, int>(2);
        if (!reader.IsDBNull(UnreadColumn))
            unread[low.UserId] = reader.GetInt32(UnreadColumn);
        if (!reader.IsDBNull(UnreadColumn + 1))
            unread[high.UserId] = reader.GetInt32(UnreadColumn + 1);

        return new ConversationState(
            reader.GetGuid(0),
            reader.GetInt64(1),
            reader.GetInt64(2),
            reader.GetFieldValue<DateTimeOffset>(3),
            [low, high],
            unread,
            MessageConfiguration.Columns.Read(reader, MessageColumn),
            reader.IsDBNull(ReadAtColumn) ? null : reader.GetFieldValue<DateTimeOffset>(ReadAtColumn),
            now);
    }

    public static ReadReceiptEvent ReadReceipt(NpgsqlDataReader reader) => new(reader.GetFieldValue<Guid[]>(2), reader.GetInt64(0), reader.GetInt64(1));

    private static ParticipantResponse ReadParticipant(NpgsqlDataReader reader, int column) => new(
        reader.GetGuid(column), reader.GetString(column + 1), Enum.Parse<UserRole>(reader.GetString(column + 2)), reader.GetInt64(column + 3), reader.GetBoolean(column + 4));

    private static NpgsqlParameter<Guid[]> Uuids(IReadOnlyCollection<Guid> values) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };

    private static NpgsqlParameter<long[]> Numbers(long[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    private static NpgsqlParameter<DateTimeOffset> Instant(DateTimeOffset at) => new() { TypedValue = at, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
