using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Retention;
using CleanMessaging.Infrastructure.Postgres;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Messages;

/// <content>The clean-up and the purge of expired messages.</content>
internal sealed partial class MessageRepository
{
    /// <summary>
    /// The total size of the contents that the clean-up and a purge erase at a time, so that each stays within its time limit. Contents of
    /// this size take a part of the time that the number of messages takes.
    /// </summary>
    private const long CleanUpBytesMax = 2_000_000;

    private const long PurgeBytesMax = 16_000_000;

    /// <summary>The time limit for flagging expired messages; a login waits no longer than this.</summary>
    private static readonly TimeSpan _cleanUpLimit = TimeSpan.FromMilliseconds(300);

    private static readonly ReadStatement[] _cleanUpLimits =
        [new("SET LOCAL lock_timeout = '100ms'"), new("SET LOCAL statement_timeout = '250ms'")];

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

    /// <remarks>Two round trips in the transaction of the command: lock and read, then erase.</remarks>
    public async Task<PurgedMessages> PurgeExpiredAsync(
        DateTimeOffset expiredBefore, int atMost, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(expiredBefore, now);
        RedactedMessages redacted;
        await using (var load = await context.CreateLockingBatchAsync(StatementsToPurge(expiredBefore, atMost)))
        await using (var reader = await load.ExecuteReaderAsync(cancellationToken))
        {
            await reader.NextResultAsync(cancellationToken);
            redacted = await RedactedMessages.ReadAsync(reader, hasher, encryption, now, cancellationToken);
        }

        DateTime? oldestLeft = null;
        await using (var store = await context.CreateLockingBatchAsync(StatementsOfPurge(redacted, expiredBefore)))
        await using (var reader = await store.ExecuteReaderAsync(cancellationToken))
        {
            if (await reader.ReadAsync(cancellationToken) && !await reader.IsDBNullAsync(0, cancellationToken))
                oldestLeft = reader.GetDateTime(0);
        }

        return PurgedMessages.Of(redacted.Redacted, oldestLeft);
    }

    /// <summary>The statements of a purge up to the locks.</summary>
    internal static IEnumerable<ReadStatement> StatementsToPurge(DateTimeOffset expiredBefore, int atMost)
    {
        yield return ExpiredMessageStatements.PlanWithIndexes();
        yield return ExpiredMessageStatements.LockToPurge(expiredBefore, atMost, PurgeBytesMax);
    }

    /// <summary>The statements of a purge after the locks. Only the last one has a result.</summary>
    internal static IEnumerable<ReadStatement> StatementsOfPurge(RedactedMessages redacted, DateTimeOffset expiredBefore)
    {
        yield return ExpiredMessageStatements.Redact(redacted);
        yield return ExpiredMessageStatements.DeleteEarlierTexts(redacted);
        yield return ExpiredMessageStatements.DestroyAttachmentsOf(redacted);
        yield return ExpiredMessageStatements.OldestLeft(expiredBefore);
    }

    /// <summary>Runs on its own connection, so that its time-outs and failures do not affect the caller's transaction.</summary>
    private async Task<int> FlagAsync(int atMost, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var flagged = retention.ExpiredContent switch
        {
            ExpiredContent.Redact => await RedactAsync(connection, atMost, now, cancellationToken),
            _ => await FlagOnlyAsync(connection, atMost, now, cancellationToken),
        };
        await transaction.CommitAsync(cancellationToken);
        metrics.Redacted(flagged.Redacted, MessagingMetrics.CleanUp);

        return flagged.Flagged;
    }

    private static async Task<(int Flagged, int Redacted)> FlagOnlyAsync(
        NpgsqlConnection connection, int atMost, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var flag = CreateBatch(connection, [.. _cleanUpLimits, ExpiredMessageStatements.Flag(atMost, now)]);
        await flag.ExecuteNonQueryAsync(cancellationToken);

        return (checked((int)flag.BatchCommands[^1].RecordsAffected), 0);
    }

    private async Task<(int Flagged, int Redacted)> RedactAsync(
        NpgsqlConnection connection, int atMost, DateTimeOffset now, CancellationToken cancellationToken)
    {
        RedactedMessages redacted;
        var toLock = ExpiredMessageStatements.LockToRedact(atMost, CleanUpBytesMax, now);
        await using (var load = CreateBatch(connection, [.. _cleanUpLimits, ExpiredMessageStatements.PlanWithIndexes(), toLock]))
        await using (var reader = await load.ExecuteReaderAsync(cancellationToken))
        {
            await reader.NextResultAsync(cancellationToken);
            redacted = await RedactedMessages.ReadAsync(reader, hasher, encryption, now, cancellationToken);
        }

        await using var store = CreateBatch(
            connection, [ExpiredMessageStatements.Redact(redacted), ExpiredMessageStatements.DeleteEarlierTexts(redacted)]);
        await store.ExecuteNonQueryAsync(cancellationToken);

        return (redacted.Flagged, redacted.Redacted);
    }

    private static NpgsqlBatch CreateBatch(NpgsqlConnection connection, IEnumerable<ReadStatement> statements)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements)
            batch.BatchCommands.Add(statement.CreateBatchCommand());

        return batch;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Flagging expired messages was skipped; a later login tries again: {Failure}")]
        public static partial void CleanUpSkipped(ILogger logger, string failure);
    }
}
