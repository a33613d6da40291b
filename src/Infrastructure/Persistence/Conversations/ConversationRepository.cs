using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

internal sealed class ConversationRepository(MessagingDbContext context) : IConversationRepository
{
    private const string LockReader = "SELECT FROM participants WHERE conversation_id = $1 AND user_id = $2 FOR NO KEY UPDATE";

    private const string FindMessages = "SELECT count(*), max(sequence) FROM messages WHERE conversation_id = $1 AND id = ANY($2)";

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

    /// <remarks>
    /// One round trip. The lock and the load are separate statements, so the load sees changes that were committed while the lock was
    /// awaited.
    /// </remarks>
    public async Task<ConversationToMarkRead?> LoadToMarkReadAsync(
        ConversationId conversationId, UserId readerId, IReadOnlyList<Guid> messageIds, CancellationToken cancellationToken)
    {
        await context.EnsureTransactionAsync();
        if (context.Database.CurrentTransaction is null)
            throw new InvalidOperationException("Only a unit of work can keep the reader locked.");

        var wanted = messageIds.Distinct().ToArray();
        await using var load = new NpgsqlBatch((NpgsqlConnection)context.Database.GetDbConnection());
        load.Timeout = StatementTimeout.Within(context.RemainingTime, load.Timeout);
        foreach (var statement in StatementsToMarkRead(conversationId, readerId, wanted))
            load.BatchCommands.Add(statement.CreateBatchCommand());

        await using var reader = await load.ExecuteReaderAsync(cancellationToken);
        Conversation? conversation = null;
        var participants = new List<Participant>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            conversation ??= ConversationConfiguration.Columns.Read(reader, 0)!;
            participants.Add(ParticipantConfiguration.Columns.Read(reader, ConversationConfiguration.Columns.All.Count)!);
        }

        if (conversation is null || participants.TrueForAll(participant => participant.UserId != readerId))
            return null;

        // EF Core tracks both as unchanged, and adds the participants to the conversation.
        context.Attach(conversation);
        context.AttachRange(participants);
        var hasMessages = await reader.NextResultAsync(cancellationToken)
            && await reader.ReadAsync(cancellationToken)
            && reader.GetInt64(0) == wanted.Length;

        return new ConversationToMarkRead(conversation, hasMessages ? reader.GetInt64(1) : null);
    }

    public async Task<Conversation?> LoadToChangeAsync(ConversationId conversationId, UserId userId, CancellationToken cancellationToken)
    {
        await context.EnsureTransactionAsync();
        if (context.Database.CurrentTransaction is null)
            throw new InvalidOperationException("Only a unit of work can keep the conversation locked.");

        await using var load = new NpgsqlBatch((NpgsqlConnection)context.Database.GetDbConnection());
        load.Timeout = StatementTimeout.Within(context.RemainingTime, load.Timeout);
        load.BatchCommands.Add(StatementToChange(conversationId, userId).CreateBatchCommand());
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
        yield return new ReadStatement(LockReader, Parameter.Of(conversationId.Value), Parameter.Of(readerId.Value));
        yield return new ReadStatement(_loadConversation, Parameter.Of(conversationId.Value));
        if (messageIds.Length > 0)
            yield return new ReadStatement(FindMessages, Parameter.Of(conversationId.Value), Parameter.Of(messageIds));
    }
}
