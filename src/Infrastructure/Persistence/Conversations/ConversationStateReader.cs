using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Conversations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

/// <summary>Reads the state of conversations over the connections for live events. Joins that arrive while one is read share the next statement.</summary>
internal sealed class ConversationStateReader : IConversationStateReader
{
    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private readonly JoinBatcher _joins;

    public ConversationStateReader([FromKeyedServices(PersistenceRegistration.Live)] NpgsqlDataSource database, TimeProvider clock)
    {
        _database = database;
        _clock = clock;
        _joins = new JoinBatcher((conversationIds, viewerIds) => ReadAsync(conversationIds, viewerIds, withLastMessage: false, CancellationToken.None));
    }

    public Task<IReadOnlyList<ConversationState>> ReadAsync(
        IReadOnlyCollection<Guid> conversationIds, IReadOnlyCollection<Guid> viewerIds, CancellationToken cancellationToken) =>
        ReadAsync(conversationIds, viewerIds, withLastMessage: true, cancellationToken);

    public Task<ConversationState?> JoinAsync(Guid conversationId, Guid viewerId, CancellationToken cancellationToken) =>
        _joins.ReadAsync(conversationId, viewerId).WaitAsync(cancellationToken);

    public async Task<IReadOnlyList<ReadReceiptEvent>> ReceiptsOfAsync(IReadOnlyList<MessagesRead> reads, CancellationToken cancellationToken)
    {
        await using var command = ConversationStateStatements.ToReadReceipts(_database, reads, _clock.GetUtcNow());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var receipts = new List<ReadReceiptEvent>(reads.Count);
        while (await reader.ReadAsync(cancellationToken))
            receipts.Add(ConversationStateStatements.ReadReceipt(reader));

        return receipts;
    }

    private async Task<IReadOnlyList<ConversationState>> ReadAsync(
        IReadOnlyCollection<Guid> conversationIds, IReadOnlyCollection<Guid> viewerIds, bool withLastMessage, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        await using var command = ConversationStateStatements.ToReadStates(_database, conversationIds, viewerIds, now, withLastMessage);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var states = new List<ConversationState>(conversationIds.Count);
        while (await reader.ReadAsync(cancellationToken))
            states.Add(ConversationStateStatements.ReadState(reader, now));

        return states;
    }
}
