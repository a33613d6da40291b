using CleanMessaging.Infrastructure.Persistence.Attachments;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <summary>
/// The statements that flag expired messages and erase their contents. They take the oldest messages first, by the two indexes on the time
/// of expiry, and pass over rows that another transaction has locked: an expired message does not change, so no one waits for them.
/// </summary>
internal static class ExpiredMessageStatements
{
    /// <summary>The filter of the index on flagged messages that still have contents.</summary>
    public const string ToPurge = "is_expired AND (content <> '' OR attachments IS NOT NULL)";

    /// <summary>The filter of the index on messages that are not flagged yet.</summary>
    public const string ToFlag = "NOT is_expired AND expires_at IS NOT NULL";

    private const string FlagRows =
        $"""
        UPDATE messages SET is_expired = true WHERE id = ANY (ARRAY(
            SELECT id FROM messages
            WHERE {ToFlag} AND expires_at <= $1
            ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        """;

    private const string RedactRows =
        """
        UPDATE messages AS message
        SET is_expired = true, content = '', is_encrypted = false, attachments = NULL, reactions = NULL, played_at = NULL, request_hash = redacted.request_hash
        FROM unnest($1, $2) AS redacted (id, request_hash)
        WHERE message.id = redacted.id
        """;

    private const string DeleteVersions = "DELETE FROM message_versions WHERE message_id = ANY ($1)";

    private const string DestroyAttachments =
        $"UPDATE attachments SET {AttachmentEraser.Destroyed} WHERE message_id = ANY ($1) AND encrypted_key IS NOT NULL";

    private const string FindOldestLeft =
        $"""
        SELECT least(
            (SELECT expires_at FROM messages WHERE {ToPurge} AND expires_at < $1 ORDER BY expires_at LIMIT 1),
            (SELECT expires_at FROM messages WHERE {ToFlag} AND expires_at < $1 ORDER BY expires_at LIMIT 1))
        """;

    private static readonly string _columns = $"{MessageConfiguration.Columns.NamesOf("message")}, message.is_encrypted";

    private static readonly string _lockToRedact =
        $"""
        WITH expired AS MATERIALIZED (
            SELECT {_columns} FROM messages AS message
            WHERE {ToFlag} AND expires_at <= $1
            ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
        {OldestOf("expired")}
        """;

    /// <summary>
    /// The messages that are not flagged are usually newer than the flagged ones. Those that are newer than enough flagged ones are not
    /// locked.
    /// </summary>
    private static readonly string _lockToPurge =
        $"""
        WITH flagged AS MATERIALIZED (
            SELECT {_columns} FROM messages AS message
            WHERE {ToPurge} AND expires_at < $1
            ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED),
        unflagged AS MATERIALIZED (
            SELECT {_columns} FROM messages AS message
            WHERE {ToFlag} AND expires_at < $1
              AND expires_at < (SELECT CASE WHEN count(*) < $2 THEN 'infinity' ELSE max(expires_at) END FROM flagged)
            ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED),
        expired AS (SELECT * FROM flagged UNION ALL SELECT * FROM unflagged)
        {OldestOf("expired")}
        """;

    /// <summary>
    /// For the rest of the transaction, makes the planner find rows by index in any case. With young statistics it would scan the table.
    /// </summary>
    public static ReadStatement PlanWithIndexes() => new(
        """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
               set_config('enable_mergejoin', 'off', true)
        """);

    /// <summary>Flags messages and leaves their contents.</summary>
    public static ReadStatement Flag(int atMost, DateTimeOffset now) => new(FlagRows, Parameter.Of(now), Parameter.Of(atMost));

    /// <summary>Locks and returns messages that are not flagged.</summary>
    /// <param name="bytesMax">Ends the result before the first message that exceeds this total size; it always has one message.</param>
    public static ReadStatement LockToRedact(int atMost, long bytesMax, DateTimeOffset now) =>
        new(_lockToRedact, Parameter.Of(now), Parameter.Of(atMost), Parameter.Of(bytesMax));

    /// <summary>Locks and returns messages that expired before a time: flagged ones with contents, and all that are not flagged.</summary>
    /// <param name="bytesMax">Ends the result before the first message that exceeds this total size; it always has one message.</param>
    public static ReadStatement LockToPurge(DateTimeOffset expiredBefore, int atMost, long bytesMax) =>
        new(_lockToPurge, Parameter.Of(expiredBefore), Parameter.Of(atMost), Parameter.Of(bytesMax));

    /// <summary>Stores the form that <see cref="Domain.Messages.Message.Redact"/> gives to a message, and flags it.</summary>
    public static ReadStatement Redact(RedactedMessages messages) =>
        new(RedactRows, Parameter.Of(messages.Ids), Parameter.Of(messages.RequestHashes));

    /// <summary>Deletes the earlier texts of redacted messages.</summary>
    public static ReadStatement DeleteEarlierTexts(RedactedMessages messages) => new(DeleteVersions, Parameter.Of(messages.EditedIds));

    /// <summary>Destroys the names and keys of the attachments of redacted messages. The eraser then deletes their bytes.</summary>
    public static ReadStatement DestroyAttachmentsOf(RedactedMessages messages) =>
        new(DestroyAttachments, Parameter.Of(messages.IdsWithAttachments));

    /// <summary>Returns the expiry of the oldest message that is left to purge, or NULL.</summary>
    public static ReadStatement OldestLeft(DateTimeOffset expiredBefore) => new(FindOldestLeft, Parameter.Of(expiredBefore));

    private static string OldestOf(string rows) =>
        $"""
        SELECT {StoredMessage.SelectListOf("message")} FROM (
            SELECT *, sum(octet_length(content) + coalesce(octet_length(attachments::text), 0)) OVER (
                ORDER BY expires_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
            FROM {rows}) AS message
        WHERE coalesce(bytes_before, 0) < $3
        ORDER BY expires_at, id LIMIT $2
        """;
}
