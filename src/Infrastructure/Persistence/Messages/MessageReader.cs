using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

internal sealed class MessageReader(RequestReader reader) : IMessageReader
{
    private static readonly string _nearest =
        $"SELECT {MessageRow.Columns}, is_anchor_known, is_more_behind FROM page_of_messages($1, $2, $3, $4, $5, $6, $7, $8)";

    /// <summary>One statement and one round trip: the older side, then the newer one.</summary>
    private static readonly string _around =
        $"""
        SELECT {MessageRow.Columns} FROM page_of_messages($1, $2, $3, false, NULL, $4, $6, $7)
        UNION ALL
        SELECT {MessageRow.Columns} FROM page_of_messages($1, $2, $3, true, NULL, $5, $6, $7)
        """;

    private static readonly string _bySequence = $"SELECT {MessageRow.Columns} FROM messages_by_sequence($1, $2, $3, $4)";

    private static readonly string _changes = $"SELECT {MessageRow.Columns}, has_expired FROM changes_since($1, $2, $3, $4, $5)";

    private static readonly int _isAnchorKnown = MessageRow.Columns.Count;
    private static readonly int _isMoreBehind = _isAnchorKnown + 1;
    private static readonly int _hasExpired = MessageRow.Columns.Count;

    public async Task<NearestMessages?> ReadNearestAsync(
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        PageAnchor anchor,
        int atMost,
        CancellationToken cancellationToken)
    {
        var (isAnchorKnown, isMoreBehind) = (true, false);
        var rows = await reader.ReadAsync(Nearest(viewerId, conversationId, now, anchor, atMost), Map, cancellationToken);
        if (rows.Count == 0)
            return null;

        // An empty page is one row without a message.
        return new NearestMessages([.. rows.OfType<MessageResponse>()], [.. rows.OfType<Tombstone>()], isAnchorKnown, isMoreBehind);

        object? Map(NpgsqlDataReader row, MessageTexts texts)
        {
            isAnchorKnown = row.GetBoolean(_isAnchorKnown);
            isMoreBehind = !row.IsDBNull(_isMoreBehind) && row.GetBoolean(_isMoreBehind);

            return MessageRow.IsEmpty(row, 0) ? null : ReadMessageOrTombstone(row, conversationId, texts);
        }
    }

    public async Task<NearestOnBothSides?> ReadAroundAsync(
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        long sequence,
        int atMost,
        CancellationToken cancellationToken)
    {
        var rows = await reader.ReadAsync(
            Around(viewerId, conversationId, now, sequence, atMost),
            (row, texts) => MessageRow.IsEmpty(row, 0) ? null : ReadMessageOrTombstone(row, conversationId, texts),
            cancellationToken);
        if (rows.Count == 0)
            return null;

        var messages = rows.OfType<MessageResponse>().ToLookup(message => message.Sequence < sequence);
        var deleted = rows.OfType<Tombstone>().ToLookup(tombstone => tombstone.Sequence < sequence);

        return new NearestOnBothSides(Side(isOlder: true), Side(isOlder: false));

        NearestMessages Side(bool isOlder) => new(
            [.. messages[isOlder]], [.. deleted[isOlder]], IsAnchorKnown: true, IsMoreBehind: messages[!isOlder].Any());
    }

    public async Task<IReadOnlyList<MessageResponse>?> ReadBySequenceAsync(
        UserId viewerId,
        ConversationId conversationId,
        IReadOnlyList<long> sequences,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var rows = await reader.ReadAsync(
            BySequence(viewerId, conversationId, sequences, now),
            (row, texts) => MessageRow.IsEmpty(row, 0) ? null : MessageRow.Read(row, 0, conversationId, texts),
            cancellationToken);

        return rows.Count == 0 ? null : [.. rows.OfType<MessageResponse>()];
    }

    public async Task<MessageResponse?> ReadAsync(
        UserId viewerId, MessageId messageId, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await reader.ReadAsync(MessageRow.ById(viewerId, [messageId], now), MessageRow.ReadById, cancellationToken)).SingleOrDefault();

    public async Task<IReadOnlyList<MessageVersionResponse>> ReadVersionsAsync(
        UserId viewerId, MessageId messageId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await reader.ReadAsync(
            Versions(viewerId, messageId, now),
            MessageVersionRow.Read,
            cancellationToken);

    public async Task<ConversationChanges> ReadChangesAsync(
        UserId viewerId,
        ConversationId conversationId,
        DateTimeOffset now,
        long sinceRevision,
        int atMost,
        CancellationToken cancellationToken)
    {
        var rows = await reader.ReadAsync(
            Changes(viewerId, conversationId, now, sinceRevision, atMost),
            (row, texts) => row.GetBoolean(_hasExpired)
                ? MessageRow.ReadSequence(row, 0)
                : ReadMessageOrTombstone(row, conversationId, texts),
            cancellationToken);

        return new ConversationChanges([.. rows.OfType<MessageResponse>()], [.. rows.OfType<Tombstone>()], [.. rows.OfType<long>()]);
    }

    public async Task<IReadOnlyList<long>> ReadHiddenAsync(
        UserId userId, ConversationId conversationId, long sincePersonalRevision, int atMost, CancellationToken cancellationToken) =>
        await reader.ReadAsync(
            Hidden(userId, conversationId, sincePersonalRevision, atMost), row => row.GetInt64(0), cancellationToken);

    public async Task<IReadOnlyList<long>> ReadSizesOfChangesAsync(
        UserId viewerId,
        IReadOnlyList<ConversationId> conversationIds,
        IReadOnlyList<long> sinceRevisions,
        DateTimeOffset now,
        int bytesPerMessage,
        CancellationToken cancellationToken) =>
        await reader.ReadAsync(
            SizesOfChanges(viewerId, conversationIds, sinceRevisions, now, bytesPerMessage), row => row.GetInt64(0), cancellationToken);

    internal static ReadStatement Nearest(
        UserId viewerId, ConversationId conversationId, DateTimeOffset now, PageAnchor anchor, int atMost) => new(
        _nearest,
        Parameter.Of(viewerId.Value),
        Parameter.Of(conversationId.Value),
        Parameter.Of(now),
        Parameter.Of(anchor.Direction == PageDirection.Newer),
        Parameter.OfNullable((Guid?)anchor.AnchorId),
        Parameter.OfNullable(anchor.Sequence),
        Parameter.Of(atMost),
        Parameter.Of(GetMessagesQuery.DeletedMax));

    internal static ReadStatement Around(
        UserId viewerId, ConversationId conversationId, DateTimeOffset now, long sequence, int atMost) => new(
        _around,
        Parameter.Of(viewerId.Value),
        Parameter.Of(conversationId.Value),
        Parameter.Of(now),
        Parameter.Of(sequence),
        Parameter.Of(sequence - 1),
        Parameter.Of(atMost),
        Parameter.Of(GetMessagesQuery.DeletedMax));

    internal static ReadStatement BySequence(
        UserId viewerId, ConversationId conversationId, IReadOnlyList<long> sequences, DateTimeOffset now) => new(
        _bySequence,
        Parameter.Of(viewerId.Value),
        Parameter.Of(conversationId.Value),
        Parameter.Of(sequences.ToArray()),
        Parameter.Of(now));

    internal static ReadStatement Changes(
        UserId viewerId, ConversationId conversationId, DateTimeOffset now, long sinceRevision, int atMost) => new(
        _changes,
        Parameter.Of(viewerId.Value),
        Parameter.Of(conversationId.Value),
        Parameter.Of(now),
        Parameter.Of(sinceRevision),
        Parameter.Of(atMost));

    internal static ReadStatement Versions(UserId viewerId, MessageId messageId, DateTimeOffset now) => new(
        MessageVersionRow.OfMessage,
        Parameter.Of(viewerId.Value),
        Parameter.Of(messageId.Value),
        Parameter.Of(now));

    internal static ReadStatement Hidden(UserId userId, ConversationId conversationId, long sincePersonalRevision, int atMost) => new(
        """
        SELECT sequence FROM hidden_messages WHERE conversation_id = $1 AND user_id = $2 AND personal_revision > $3
        ORDER BY personal_revision, sequence LIMIT $4
        """,
        Parameter.Of(conversationId.Value),
        Parameter.Of(userId.Value),
        Parameter.Of(sincePersonalRevision),
        Parameter.Of(atMost));

    internal static ReadStatement SizesOfChanges(
        UserId viewerId,
        IReadOnlyList<ConversationId> conversationIds,
        IReadOnlyList<long> sinceRevisions,
        DateTimeOffset now,
        int bytesPerMessage) => new(
        "SELECT sizes_of_changes($1, $2, $3, $4, $5)",
        Parameter.Of(viewerId.Value),
        Parameter.Of(conversationIds.Select(id => id.Value).ToArray()),
        Parameter.Of(sinceRevisions.ToArray()),
        Parameter.Of(now),
        Parameter.Of(bytesPerMessage));

    /// <summary>Returns the <see cref="MessageResponse"/> or the <see cref="Tombstone"/> of a row.</summary>
    private static object ReadMessageOrTombstone(NpgsqlDataReader row, ConversationId conversationId, MessageTexts texts) =>
        MessageRow.IsTombstone(row, 0) ? MessageRow.ReadTombstone(row, 0) : MessageRow.Read(row, 0, conversationId, texts);
}
