using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Persistence.Conversations;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

internal sealed partial class MessageRepository(
    MessagingDbContext context, NpgsqlDataSource dataSource, ILogger<MessageRepository> logger)
    : IMessageRepository
{
    /// <summary>Returns the values of the conversation at the time of the lock.</summary>
    private static readonly string _lockConversation =
        $"""
        SELECT {ConversationConfiguration.Columns.NamesOf("conversation")} FROM conversations AS conversation
        WHERE id = (SELECT conversation_id FROM messages WHERE id = $1) AND (pair_low = $2 OR pair_high = $2)
        FOR NO KEY UPDATE
        """;

    private static readonly string _lockMessage =
        $"""
        SELECT {MessageConfiguration.Columns.NamesOf("message")} FROM messages AS message
        WHERE id = $1 AND EXISTS (SELECT FROM conversations WHERE id = message.conversation_id AND (pair_low = $2 OR pair_high = $2))
        FOR NO KEY UPDATE
        """;

    /// <summary>The time limit for flagging expired messages; a login waits no longer than this.</summary>
    private static readonly TimeSpan _cleanUpLimit = TimeSpan.FromMilliseconds(300);

    public async Task<MessageToChange?> LoadToChangeAsync(MessageId messageId, UserId userId, CancellationToken cancellationToken)
    {
        var loaded = await LoadToDeleteAsync(messageId, userId, cancellationToken);

        return loaded is not null && loaded.ViewerIds.Contains(userId) ? loaded : null;
    }

    /// <remarks>
    /// One round trip. The locks are separate statements, so the second one sees changes of the message that were committed while the first
    /// one was awaited.
    /// </remarks>
    public async Task<MessageToChange?> LoadToDeleteAsync(MessageId messageId, UserId userId, CancellationToken cancellationToken)
    {
        await using var load = await context.CreateLockingBatchAsync(StatementsToChange(messageId, userId));
        await using var reader = await load.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;

        var conversation = ConversationConfiguration.Columns.Read(reader, 0)!;
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var message = MessageConfiguration.Columns.Read(reader, 0)!;
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var viewerIds = reader.GetFieldValue<Guid[]>(0);

        // EF Core tracks both as unchanged.
        context.Attach(conversation);
        context.Attach(message);

        return new MessageToChange(message, conversation, viewerIds);
    }

    public Task EraseVersionsAsync(MessageId messageId, CancellationToken cancellationToken) =>
        context.MessageVersions.Where(version => version.MessageId == messageId.Value).ExecuteDeleteAsync(cancellationToken);

    public async Task<int> FlagExpiredAsync(int atMost, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_cleanUpLimit);
        try
        {
            return await FlagAsync(atMost, now, limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The caller has canceled; there is nothing to report.
            return 0;
        }
        catch (Exception exception) when (
            exception is OperationCanceledException || PostgresFailure.Classify(exception) != PostgresFailureKind.None)
        {
            Log.CleanUpSkipped(logger, exception.GetType().Name);

            return 0;
        }
    }

    /// <summary>Runs on its own connection, so that its time-outs and failures do not affect the caller's transaction.</summary>
    private async Task<int> FlagAsync(int atMost, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SET LOCAL lock_timeout = '100ms'"),
                new NpgsqlBatchCommand("SET LOCAL statement_timeout = '250ms'"),
                new NpgsqlBatchCommand(
                    """
                    UPDATE messages SET is_expired = true WHERE id = ANY (ARRAY(
                        SELECT id FROM messages
                        WHERE NOT is_expired AND expires_at IS NOT NULL AND expires_at <= $1
                        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))
                    """)
                {
                    Parameters = { new NpgsqlParameter { Value = now.ToStored() }, new NpgsqlParameter { Value = atMost } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        var flagged = checked((int)batch.BatchCommands[2].RecordsAffected);
        await transaction.CommitAsync(cancellationToken);

        return flagged;
    }

    internal static IEnumerable<ReadStatement> StatementsToChange(MessageId messageId, UserId userId)
    {
        yield return new ReadStatement(_lockConversation, Parameter.Of(messageId.Value), Parameter.Of(userId.Value));
        yield return new ReadStatement(_lockMessage, Parameter.Of(messageId.Value), Parameter.Of(userId.Value));
        yield return new ReadStatement("SELECT viewers_of_message($1)", Parameter.Of(messageId.Value));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Flagging expired messages was skipped; a later login tries again: {Failure}")]
        public static partial void CleanUpSkipped(ILogger logger, string failure);
    }
}
