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

    private const string FindMessages = "SELECT count(*), max(sequence) FROM messages WHERE conversation_id = $1 AND id = ANY($2)";

    private const string FindMessagesToHide =
        """
        SELECT count(*), coalesce(array_agg(message.sequence ORDER BY message.sequence) FILTER (
            WHERE message.sequence > own.cleared_through AND NOT is_hidden($1, message.sequence, $3)), '{}')
        FROM messages AS message JOIN participants AS own ON own.conversation_id = message.conversation_id AND own.user_id = $3
        WHERE message.conversation_id = $1 AND message.id = ANY($2)
        """;

    private const string CountOthersPinned =
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

    public Task<ConversationToMarkRead?> LoadToMarkReadAsync(
        ConversationId conversationId, UserId readerId, IReadOnlyList<Guid> messageIds, CancellationToken cancellationToken)
    {
        var wanted = messageIds.Distinct().ToArray();

        return LoadAsync(
            readerId,
            StatementsToMarkRead(conversationId, readerId, wanted),
            (conversation, found) => new ConversationToMarkRead(
                conversation, found is not null && found.GetInt64(0) == wanted.Length ? found.GetInt64(1) : null),
            cancellationToken);
    }

    public Task<Conversation?> LoadForUserAsync(ConversationId conversationId, UserId userId, CancellationToken cancellationToken) =>
        LoadAsync(
            userId,
            StatementsForUser(conversationId, userId),
            (conversation, _) => conversation,
            cancellationToken);

    public Task<ConversationToHide?> LoadToHideAsync(
        ConversationId conversationId, UserId userId, IReadOnlyList<Guid> messageIds, CancellationToken cancellationToken)
    {
        var wanted = messageIds.Distinct().ToArray();

        return LoadAsync(
            userId,
            StatementsToHide(conversationId, userId, wanted),
            (conversation, found) => new ConversationToHide(
                conversation, found?.GetInt64(0) == wanted.Length ? found.GetFieldValue<long[]>(1) : null),
            cancellationToken);
    }

    public Task<ConversationToPin?> LoadToPinAsync(
        ConversationId conversationId, UserId userId, CancellationToken cancellationToken) =>
        LoadAsync(
            userId,
            StatementsToPin(conversationId, userId),
            (conversation, found) => new ConversationToPin(conversation, checked((int)found!.GetInt64(0))),
            cancellationToken);

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

    internal static IEnumerable<ReadStatement> StatementsToMarkRead(ConversationId conversationId, UserId readerId, Guid[] messageIds)
    {
        foreach (var statement in StatementsForUser(conversationId, readerId))
            yield return statement;

        if (messageIds.Length > 0)
            yield return new ReadStatement(FindMessages, Parameter.Of(conversationId.Value), Parameter.Of(messageIds));
    }

    internal static IEnumerable<ReadStatement> StatementsForUser(ConversationId conversationId, UserId userId)
    {
        yield return new ReadStatement(LockParticipant, Parameter.Of(conversationId.Value), Parameter.Of(userId.Value));
        yield return new ReadStatement(_loadConversation, Parameter.Of(conversationId.Value));
    }

    internal static IEnumerable<ReadStatement> StatementsToHide(ConversationId conversationId, UserId userId, Guid[] messageIds) =>
        StatementsForUser(conversationId, userId).Append(new ReadStatement(
            FindMessagesToHide, Parameter.Of(conversationId.Value), Parameter.Of(messageIds), Parameter.Of(userId.Value)));

    internal static IEnumerable<ReadStatement> StatementsToPin(ConversationId conversationId, UserId userId) =>
    [
        new ReadStatement(LockUser, Parameter.Of(userId.Value)),
        .. StatementsForUser(conversationId, userId),
        new ReadStatement(CountOthersPinned, Parameter.Of(conversationId.Value), Parameter.Of(userId.Value)),
    ];

    /// <summary>
    /// Runs statements that lock rows, load the conversation with its participants, and possibly read one further row. Returns null if the
    /// user is not a participant.
    /// </summary>
    /// <param name="resultOf">Receives the reader of the further row, or null if there is none.</param>
    /// <remarks>
    /// One round trip. The lock and the load are separate statements, so the load sees changes that were committed while the lock was
    /// awaited.
    /// </remarks>
    private async Task<TResult?> LoadAsync<TResult>(
        UserId userId,
        IEnumerable<ReadStatement> statements,
        Func<Conversation, NpgsqlDataReader?, TResult> resultOf,
        CancellationToken cancellationToken)
        where TResult : class
    {
        await using var load = await context.CreateLockingBatchAsync(statements);
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);

        // A lock returns no columns.
        while (reader.FieldCount == 0 && await reader.NextResultAsync(cancellationToken))
        {
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
        var hasFurtherRow = await reader.NextResultAsync(cancellationToken) && await reader.ReadAsync(cancellationToken);

        return resultOf(conversation, hasFurtherRow ? reader : null);
    }
}
