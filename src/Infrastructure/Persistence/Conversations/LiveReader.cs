using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Conversations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

/// <summary>
/// Reads conversations over the connections for live events. Joins that arrive while one is read share the next statement.
/// </summary>
internal sealed class LiveReader : ILiveReader
{
    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private readonly JoinBatcher _joins;

    public LiveReader([FromKeyedServices(PersistenceRegistration.Live)] NpgsqlDataSource database, TimeProvider clock)
    {
        _database = database;
        _clock = clock;
        _joins = new JoinBatcher(ViewAsync);
    }

    public async Task<IReadOnlyList<ConversationView>> ViewAsync(
        IReadOnlyList<Guid> viewerIds, IReadOnlyList<Guid> conversationIds, CancellationToken cancellationToken) =>
        await ReadAsync(ConversationReader.View(viewerIds, conversationIds, _clock.GetUtcNow()), ConversationReader.Map, cancellationToken);

    public Task<JoinedView?> JoinAsync(Guid viewerId, Guid conversationId, CancellationToken cancellationToken) =>
        _joins.ReadAsync(viewerId, conversationId).WaitAsync(cancellationToken);

    public async Task<IReadOnlyList<ReadReceiptEvent>> ReceiptsOfAsync(
        IReadOnlyList<MessagesRead> reads, CancellationToken cancellationToken) =>
        await ReadAsync(
            Receipts(reads, _clock.GetUtcNow()),
            row => new ReadReceiptEvent(row.GetFieldValue<Guid[]>(2), row.GetInt64(0), row.GetInt64(1)),
            cancellationToken);

    /// <summary>Reads the newly read messages of each read pointer that has moved.</summary>
    internal static ReadStatement Receipts(IReadOnlyList<MessagesRead> reads, DateTimeOffset now) => new(
        """
        SELECT c.last_sequence, c.revision, newest.ids
        FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS moved(conversation_id, reader_id, after_sequence, last_read_sequence, place)
        CROSS JOIN LATERAL (SELECT last_sequence, revision FROM conversations WHERE id = moved.conversation_id LIMIT 1) AS c
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(id ORDER BY sequence), '{}') AS ids FROM (
                SELECT id, sequence FROM messages AS message
                WHERE conversation_id = moved.conversation_id AND sequence > moved.after_sequence AND sequence <= moved.last_read_sequence
                  AND sender_id <> moved.reader_id AND is_visible(message, moved.reader_id, $5)
                ORDER BY sequence DESC LIMIT $6) AS received) AS newest
        ORDER BY moved.place
        """,
        Parameter.Of(reads.Select(read => read.ConversationId).ToArray()),
        Parameter.Of(reads.Select(read => read.UserId).ToArray()),
        Parameter.Of(reads.Select(read => read.AfterSequence).ToArray()),
        Parameter.Of(reads.Select(read => read.LastReadSequence).ToArray()),
        Parameter.Of(now),
        Parameter.Of(GetReadReceiptEventsQuery.MessagesMax));

    private async Task<JoinedViews> ViewAsync(IReadOnlyList<Guid> viewerIds, IReadOnlyList<Guid> conversationIds)
    {
        var now = _clock.GetUtcNow();
        var views = await ReadAsync(
            ConversationReader.View(viewerIds, conversationIds, now), ConversationReader.Map, CancellationToken.None);

        return new JoinedViews(views, now);
    }

    private async Task<List<T>> ReadAsync<T>(ReadStatement statement, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(statement.Sql);
        command.Parameters.AddRange(statement.Parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(map(reader));

        return rows;
    }
}
