using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

internal sealed partial class MessageRepository(NpgsqlDataSource dataSource, ILogger<MessageRepository> logger) : IMessageRepository
{
    /// <summary>The time limit for flagging expired messages; a login waits no longer than this.</summary>
    private static readonly TimeSpan _cleanUpLimit = TimeSpan.FromMilliseconds(300);

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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Flagging expired messages was skipped; a later login tries again: {Failure}")]
        public static partial void CleanUpSkipped(ILogger logger, string failure);
    }
}
