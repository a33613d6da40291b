using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ConversationRepository(MessagingDbContext context) : IConversationRepository
{
    private const string LockUser = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE";

    private const string LockParticipant = "SELECT FROM participants WHERE conversation_id = $1 AND user_id = $2 FOR NO KEY UPDATE";

    /// <summary>Returns no row if the conversation does not have all of the messages.</summary>
    private const string FindMessagesToMarkRead =
        """
        SELECT newest.sequence, count_received($1, $2, $3, greatest(own.last_read_sequence, own.cleared_through), newest.sequence)
        FROM participants AS own CROSS JOIN (
            SELECT max(sequence) AS sequence FROM messages
            WHERE conversation_id = $1 AND id = ANY($4) HAVING count(*) = cardinality($4)) AS newest
        WHERE own.conversation_id = $1 AND own.user_id = $2
        """;

    private const string FindEndToMarkRead =
        """
        SELECT conversation.last_sequence,
               count_received($1, $2, $3, greatest(own.last_read_sequence, own.cleared_through), conversation.last_sequence)
        FROM participants AS own JOIN conversations AS conversation ON conversation.id = own.conversation_id
        WHERE own.conversation_id = $1 AND own.user_id = $2
        """;

    /// <inheritdoc cref="FindMessagesToMarkRead"/>
    private const string FindMessagesToHide =
        """
        SELECT coalesce(array_agg(message.sequence ORDER BY message.sequence) FILTER (
            WHERE message.sequence > own.cleared_through AND NOT is_hidden($1, message.sequence, $3)), '{}')
        FROM messages AS message JOIN participants AS own ON own.conversation_id = message.conversation_id AND own.user_id = $3
        WHERE message.conversation_id = $1 AND message.id = ANY($2)
        HAVING count(*) = cardinality($2)
        """;

    private const string CountMetadataPinned =
        "SELECT count(*) FROM participants WHERE user_id = $2 AND conversation_id <> $1 AND pinned_at IS NOT NULL";

    /// <summary>Returns the values of the conversation at the time of the lock.</summary>
    private static readonly string _lockConversation =
        $"""
        SELECT {ConversationConfiguration.Columns.NamesOf("conversation")} FROM conversations AS conversation
        WHERE id = $1 AND (pair_low = $2 OR pair_high = $2)
        FOR NO KEY UPDATE
        """;

    private static readonly string _loadConversation =
        $"""
        SELECT {ConversationConfiguration.Columns.NamesOf("conversation")}, {ParticipantConfiguration.Columns.NamesOf("participant")}
        FROM conversations AS conversation JOIN participants AS participant ON participant.conversation_id = conversation.id
        WHERE conversation.id = $1
        """;

    public async Task<Guid?> FindIdByPairAsync(Guid one, Guid other, CancellationToken cancellationToken)
    {
        var (low, high) = Conversation.PairOf(one, other);

        return await context.Conversations
            .Where(conversation => conversation.PairLow == low && conversation.PairHigh == high)
            .Select(conversation => (Guid?)conversation.Id)
            .SingleOrDefaultAsync(cancellationToken);
    }

    public async Task<ConversationToMarkRead?> LoadToMarkReadAsync(
        ConversationId conversationId,
        UserId readerId,
        IReadOnlyList<Guid>? messageIds,
        DateTimeOffset now,
        CancellationToken cancellationToken) =>
        await LoadAsync(
            readerId,
            StatementsToMarkRead(conversationId, readerId, messageIds?.Distinct().ToArray(), now),
            found => new MarkReadTarget(found.GetInt64(0), found.GetInt32(1)),
            cancellationToken) is { } loaded
            ? new ConversationToMarkRead(loaded.Conversation, loaded.Found)
            : null;

    public async Task<Conversation?> LoadForUserAsync(
        ConversationId conversationId, UserId userId, CancellationToken cancellationToken) =>
        (await LoadAsync<object>(userId, StatementsForUser(conversationId, userId), readFound: null, cancellationToken))?.Conversation;

    public async Task<ConversationToHide?> LoadToHideAsync(
        ConversationId conversationId, UserId userId, IReadOnlyList<Guid> messageIds, CancellationToken cancellationToken) =>
        await LoadAsync(
            userId,
            StatementsToHide(conversationId, userId, messageIds.Distinct().ToArray()),
            found => found.GetFieldValue<long[]>(0),
            cancellationToken) is { } loaded
            ? new ConversationToHide(loaded.Conversation, loaded.Found)
            : null;

    public async Task<ConversationToPin?> LoadToPinAsync(
        ConversationId conversationId, UserId userId, CancellationToken cancellationToken) =>
        await LoadAsync(
            userId,
            StatementsToPin(conversationId, userId),
            found => found.GetInt64(0),
            cancellationToken) is { } loaded
            ? new ConversationToPin(loaded.Conversation, checked((int)loaded.Found))
            : null;

    public Task<int> RemoveHiddenAsync(
        ConversationId conversationId, UserId userId, long throughSequence, CancellationToken cancellationToken) =>
        context.HiddenMessages
            .Where(hidden => hidden.ConversationId == conversationId.Value
                && hidden.UserId == userId.Value
                && hidden.Sequence <= throughSequence)
            .ExecuteDeleteAsync(cancellationToken);

    public async Task<Conversation?> LoadToChangeAsync(ConversationId conversationId, UserId userId, CancellationToken cancellationToken)
    {
        await using var load = await context.CreateLockingBatchAsync([StatementToChange(conversationId, userId)]);
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;

        var conversation = ConversationConfiguration.Columns.Read(reader, 0)!;

        // EF Core tracks it as unchanged.
        context.Attach(conversation);

        return conversation;
    }

    public void Add(Conversation conversation) => context.Conversations.Add(conversation);

    internal static ReadStatement StatementToChange(ConversationId conversationId, UserId userId) =>
        new(_lockConversation, Parameter.Of(conversationId.Value), Parameter.Of(userId.Value));

    internal static IEnumerable<ReadStatement> StatementsToMarkRead(
        ConversationId conversationId, UserId readerId, Guid[]? messageIds, DateTimeOffset now)
    {
        NpgsqlParameter[] wanted = messageIds is null ? [] : [Parameter.Of(messageIds)];

        return StatementsForUser(conversationId, readerId, new ReadStatement(
            messageIds is null ? FindEndToMarkRead : FindMessagesToMarkRead,
            [Parameter.Of(conversationId.Value), Parameter.Of(readerId.Value), Parameter.Of(now), .. wanted]));
    }

    internal static IEnumerable<ReadStatement> StatementsForUser(
        ConversationId conversationId, UserId userId, ReadStatement? find = null)
    {
        yield return new ReadStatement(LockParticipant, Parameter.Of(conversationId.Value), Parameter.Of(userId.Value));
        if (find is not null)
            yield return find;
        yield return new ReadStatement(_loadConversation, Parameter.Of(conversationId.Value));
    }

    internal static IEnumerable<ReadStatement> StatementsToHide(ConversationId conversationId, UserId userId, Guid[] messageIds) =>
        StatementsForUser(conversationId, userId, new ReadStatement(
            FindMessagesToHide, Parameter.Of(conversationId.Value), Parameter.Of(messageIds), Parameter.Of(userId.Value)));

    internal static IEnumerable<ReadStatement> StatementsToPin(ConversationId conversationId, UserId userId) =>
    [
        new ReadStatement(LockUser, Parameter.Of(userId.Value)),
        .. StatementsForUser(conversationId, userId, new ReadStatement(
            CountMetadataPinned, Parameter.Of(conversationId.Value), Parameter.Of(userId.Value))),
    ];

    /// <summary>
    /// Runs statements that lock rows, possibly find something, and load the conversation with its participants, in this order. Returns
    /// null if the user is not a participant.
    /// </summary>
    /// <param name="readFound">
    /// Reads the row of the statement that finds something, unless it has found nothing; null if there is no such statement.
    /// </param>
    /// <remarks>
    /// One round trip. All are separate statements, so each sees changes that were committed while the lock was awaited. The conversation
    /// is loaded last, so it has everything that was found.
    /// </remarks>
    private async Task<Loaded<TFound>?> LoadAsync<TFound>(
        UserId userId,
        IEnumerable<ReadStatement> statements,
        Func<NpgsqlDataReader, TFound>? readFound,
        CancellationToken cancellationToken)
    {
        await using var load = await context.CreateLockingBatchAsync(statements);
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);

        // A lock returns no columns.
        while (reader.FieldCount == 0 && await reader.NextResultAsync(cancellationToken))
        {
        }

        TFound? found = default;
        if (readFound is not null)
        {
            found = await reader.ReadAsync(cancellationToken) ? readFound(reader) : default;
            await reader.NextResultAsync(cancellationToken);
        }

        Conversation? conversation = null;
        var participants = new List<Participant>();
        while (await reader.ReadAsync(cancellationToken))
        {
            conversation ??= ConversationConfiguration.Columns.Read(reader, 0)!;
            participants.Add(ParticipantConfiguration.Columns.Read(reader, ConversationConfiguration.Columns.All.Count)!);
        }

        if (conversation is null || participants.TrueForAll(participant => participant.UserId != userId))
            return null;

        // EF Core tracks both as unchanged, and adds the participants to the conversation.
        context.Attach(conversation);
        context.AttachRange(participants);

        return new Loaded<TFound>(conversation, found);
    }

    /// <param name="Found">The default value if nothing was found.</param>
    private sealed record Loaded<TFound>(Conversation Conversation, TFound? Found);
}
