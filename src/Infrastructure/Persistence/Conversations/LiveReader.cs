using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Encryption;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Conversations;

/// <summary>
/// Reads conversations over the connections for live events. Concurrent joins share a statement (<see cref="JoinBatcher"/>).
/// </summary>
internal sealed class LiveReader : ILiveReader
{
    private readonly NpgsqlDataSource _database;
    private readonly MessageEncryption _encryption;
    private readonly TimeProvider _clock;
    private readonly JoinBatcher _joins;

    public LiveReader(
        [FromKeyedServices(PersistenceRegistration.Live)] NpgsqlDataSource database, MessageEncryption encryption, TimeProvider clock)
    {
        _encryption = encryption;
        _database = database;
        _clock = clock;
        _joins = new JoinBatcher(ReadJoinsAsync);
    }

    public async Task<IReadOnlyList<ConversationView>> ViewAsync(
        IReadOnlyList<UserId> viewerIds, IReadOnlyList<ConversationId> conversationIds, CancellationToken cancellationToken) =>
        (await ReadAsync(now => ConversationReader.View(viewerIds, conversationIds, now), ConversationReader.Map, cancellationToken)).Rows;

    /// <exception cref="DatabaseTimeoutException">The join was not read within the time that every request has.</exception>
    public async Task<JoinedView?> JoinAsync(UserId viewerId, ConversationId conversationId, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(DatabaseDeadline.UntilCommit);
        try
        {
            return await _joins.ReadAsync(viewerId, conversationId, limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DatabaseTimeoutException("The conversation was not read in time.", exception);
        }
    }

    public async Task<IReadOnlyList<MessageWithViewers>> ChangedMessagesAsync(
        IReadOnlyList<MessageId> messageIds, CancellationToken cancellationToken) =>
        (await ReadAsync(
            now => MessageRow.WithViewers(messageIds, now),
            (row, texts) => new MessageWithViewers(MessageRow.ReadById(row, texts), MessageRow.ReadViewers(row)),
            cancellationToken)).Rows;

    /// <remarks>The conversations are read before the hidden messages, so that these are all up to the returned revision.</remarks>
    public async Task<IReadOnlyList<ChangedPersonalState>> PersonalStatesAsync(
        IReadOnlyList<PersonalStateChanged> changes, CancellationToken cancellationToken)
    {
        var views = await ViewAsync(
            [.. changes.Select(change => change.UserId).Distinct()],
            [.. changes.Select(change => change.ConversationId).Distinct()],
            cancellationToken);
        var (hidden, _) = await ReadAsync(_ => HiddenSince(changes), (row, _) => row.GetFieldValue<long[]>(0), cancellationToken);

        return
        [
            .. from pair in changes.Zip(hidden)
               let change = pair.First
               let view = views.FirstOrDefault(view =>
                   view.ViewerId == change.UserId && view.Conversation.Id == change.ConversationId.Value)
               where view is not null
               select new ChangedPersonalState(change.UserId, view.Conversation, change.PersonalRevision - 1, pair.Second),
        ];
    }

    public async Task<IReadOnlyList<ReadReceipt?>> ReceiptsOfAsync(
        IReadOnlyList<MessagesRead> reads, CancellationToken cancellationToken) =>
        (await ReadAsync(
            now => Receipts(reads, now),
            (row, _) => row.IsDBNull(0) ? null : new ReadReceipt(row.GetFieldValue<Guid[]>(2), row.GetInt64(0), row.GetInt64(1)),
            cancellationToken)).Rows;

    /// <summary>
    /// Reads the newly read messages of each read pointer that has moved. Whether the reader has hidden a message does not matter, because
    /// the other participant receives the same receipt.
    /// </summary>
    internal static ReadStatement Receipts(IReadOnlyList<MessagesRead> reads, DateTimeOffset now) => new(
        """
        SELECT c.last_sequence, c.revision, newest.ids
        FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS moved(conversation_id, reader_id, after_sequence, last_read_sequence, place)
        LEFT JOIN LATERAL (SELECT last_sequence, revision FROM conversations WHERE id = moved.conversation_id LIMIT 1) AS c ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(id ORDER BY sequence), '{}') AS ids FROM (
                SELECT id, sequence FROM messages AS message
                WHERE conversation_id = moved.conversation_id AND sequence > moved.after_sequence AND sequence <= moved.last_read_sequence
                  AND sender_id <> moved.reader_id AND is_visible(message, NULL, $5)
                ORDER BY sequence DESC LIMIT $6) AS received) AS newest
        ORDER BY moved.place
        """,
        Parameter.Of(reads.Select(read => read.ConversationId.Value).ToArray()),
        Parameter.Of(reads.Select(read => read.UserId.Value).ToArray()),
        Parameter.Of(reads.Select(read => read.AfterSequence).ToArray()),
        Parameter.Of(reads.Select(read => read.LastReadSequence).ToArray()),
        Parameter.Of(now),
        Parameter.Of(GetReadReceiptsQuery.MessagesMax));

    /// <summary>Reads, for each change, the messages that the user has hidden by this change and later ones.</summary>
    private static ReadStatement HiddenSince(IReadOnlyList<PersonalStateChanged> changes) => new(
        """
        SELECT ARRAY(
            SELECT sequence FROM hidden_messages AS hidden
            WHERE hidden.conversation_id = changed.conversation_id AND hidden.user_id = changed.user_id
              AND hidden.personal_revision >= changed.revision
            ORDER BY personal_revision, sequence)
        FROM unnest($1, $2, $3) WITH ORDINALITY AS changed(conversation_id, user_id, revision, place)
        ORDER BY changed.place
        """,
        Parameter.Of(changes.Select(change => change.ConversationId.Value).ToArray()),
        Parameter.Of(changes.Select(change => change.UserId.Value).ToArray()),
        Parameter.Of(changes.Select(change => change.PersonalRevision).ToArray()));

    private async Task<JoinedViews> ReadJoinsAsync(IReadOnlyList<UserId> viewerIds, IReadOnlyList<ConversationId> conversationIds)
    {
        var (views, now) = await ReadAsync(
            now => ConversationReader.View(viewerIds, conversationIds, now), ConversationReader.Map, CancellationToken.None);

        return new JoinedViews(views, now);
    }

    /// <summary>
    /// Reads at the time at which a connection is free, so that no message is returned that expires during the wait for one.
    /// </summary>
    private async Task<(List<T> Rows, DateTimeOffset At)> ReadAsync<T>(
        Func<DateTimeOffset, ReadStatement> statementAt, Func<NpgsqlDataReader, MessageTexts, T> map, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var now = _clock.GetUtcNow();
        await using var command = statementAt(now).CreateCommand(connection);

        return (await command.ReadAllAsync(_encryption, map, cancellationToken), now);
    }
}
