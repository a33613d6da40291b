using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence.Attachments;

/// <summary>
/// Erases attachments that are removed: it destroys their keys, deletes their objects, and clears their names. Also deletes objects that
/// nothing uses, such as those of a server that was killed while it wrote them. It only carries out what was decided before: who sees an
/// attachment, and what counts against a user's storage, does not depend on it.
/// </summary>
internal sealed partial class AttachmentEraser(
    NpgsqlDataSource database,
    IAttachmentStore store,
    AttachmentPolicy policy,
    MessagingMetrics metrics,
    TimeProvider clock,
    ILogger<AttachmentEraser> logger) : BackgroundService
{
    /// <summary>
    /// The assignments that make an attachment unreadable. The objects of an attachment without a key are deleted by the next run.
    /// </summary>
    public const string Destroyed = "encrypted_key = NULL, name = '', description = NULL, waveform = NULL, blurhash = NULL";

    /// <summary>The maximum number of attachments, or of objects, of one step.</summary>
    private const int Step = 100;

    /// <summary>The number of failures in a row after which the storage counts as not available.</summary>
    private const int FailuresMax = 3;

    private static readonly string _destroyKeys =
        $"""
        UPDATE attachments SET {Destroyed}
        WHERE id = ANY (
            ARRAY({Due("encrypted_key IS NULL", "created_at")})
            || ARRAY({Due("encrypted_key IS NOT NULL AND message_id IS NULL AND remove_at <= $1", "remove_at")})
            || ARRAY({Due("encrypted_key IS NOT NULL AND message_id IS NOT NULL AND remove_at <= $2", "remove_at")}))
        RETURNING id
        """;

    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    /// <summary>How long what could not be deleted waits for its next try, so that it does not hold up the others.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMinutes(10);

    /// <summary>The attachments and objects that could not be deleted, with the time of the failure.</summary>
    private readonly Dictionary<Guid, DateTimeOffset> _failed = [];

    private long _unerased;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.ObserveUnerased(() => Volatile.Read(ref _unerased));

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!store.IsAvailable)
            return;

        using var timer = new PeriodicTimer(_interval, clock);
        do
        {
            try
            {
                await EraseAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Failed(logger, exception.GetBaseException().Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Erases what is to be erased now.</summary>
    internal async Task EraseAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, _) in _failed.Where(failure => failure.Value + _pause <= clock.GetUtcNow()).ToList())
            _failed.Remove(id);

        var (erased, isAvailable) = await DeleteEachAsync(DestroyKeysAsync, TryEraseAsync, cancellationToken);
        if (erased > 0)
            Log.Erased(logger, erased);

        var unused = isAvailable ? (await DeleteEachAsync(ReadUnusedAsync, TryDeleteUnusedAsync, cancellationToken)).Deleted : 0;
        if (unused > 0)
            Log.Unused(logger, unused);

        Volatile.Write(ref _unerased, _failed.Count);
    }

    /// <summary>
    /// Selects attachments to erase: removed ones, or those whose key is destroyed. A message that is still visible keeps its attachments,
    /// also if their own row says otherwise. Those of messages are kept for <see cref="AttachmentPolicy.KeepRemoved"/>.
    /// </summary>
    private static string Due(string condition, string order) =>
        $"""
        SELECT id FROM attachments
        WHERE erased_at IS NULL AND id <> ALL($4) AND {condition} AND NOT EXISTS (
            SELECT FROM messages
            WHERE messages.id = attachments.message_id AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > $1))
        ORDER BY {order}
        LIMIT $3
        FOR NO KEY UPDATE SKIP LOCKED
        """;

    /// <summary>
    /// Deletes everything that is found, one after the other. Returns how much was deleted, and whether the storage is available.
    /// </summary>
    private async Task<(int Deleted, bool IsAvailable)> DeleteEachAsync(
        Func<CancellationToken, Task<IReadOnlyList<Guid>>> find,
        Func<Guid, CancellationToken, Task<bool>> tryDelete,
        CancellationToken cancellationToken)
    {
        var (deleted, failedInARow) = (0, 0);
        while (await find(cancellationToken) is { Count: > 0 } found)
        {
            foreach (var id in found)
            {
                if (await tryDelete(id, cancellationToken))
                {
                    (deleted, failedInARow) = (deleted + 1, 0);
                    continue;
                }

                _failed[id] = clock.GetUtcNow();
                if (++failedInARow >= FailuresMax)
                    return (deleted, false);
            }
        }

        return (deleted, true);
    }

    private async Task<IReadOnlyList<Guid>> DestroyKeysAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();

        return await ReadIdsAsync(
            new ReadStatement(
                _destroyKeys,
                Parameter.Of(now),
                Parameter.Of(now - policy.KeepRemoved),
                Parameter.Of(Step),
                Parameter.Of(_failed.Keys.ToArray())),
            cancellationToken);
    }

    /// <summary>Deletes the objects of an attachment. Those that may still be written are deleted later as unused.</summary>
    private async Task<bool> TryEraseAsync(Guid attachmentId, CancellationToken cancellationToken)
    {
        try
        {
            var objects = await ReadIdsAsync(
                new ReadStatement("SELECT id FROM attachment_objects WHERE attachment_id = $1 AND is_used", Parameter.Of(attachmentId)),
                cancellationToken);
            await store.DeleteAsync(objects, cancellationToken);
            await ExecuteAsync(
                new ReadStatement("DELETE FROM attachment_objects WHERE id = ANY($1)", Parameter.Of(objects.ToArray())), cancellationToken);
            await ExecuteAsync(
                new ReadStatement(
                    "UPDATE attachments SET erased_at = $2 WHERE id = $1 AND erased_at IS NULL",
                    Parameter.Of(attachmentId),
                    Parameter.Of(clock.GetUtcNow())),
                cancellationToken);

            return true;
        }
        catch (AttachmentUnavailableException exception)
        {
            Log.NotErased(logger, attachmentId, exception.Message);

            return false;
        }
    }

    /// <summary>Returns objects that were reserved long ago and are not used.</summary>
    private Task<IReadOnlyList<Guid>> ReadUnusedAsync(CancellationToken cancellationToken) => ReadIdsAsync(
        new ReadStatement(
            "SELECT id FROM attachment_objects WHERE NOT is_used AND created_at < $1 AND id <> ALL($3) ORDER BY created_at LIMIT $2",
            Parameter.Of(clock.GetUtcNow() - AttachmentPolicy.UnusedObjectLifetime),
            Parameter.Of(Step),
            Parameter.Of(_failed.Keys.ToArray())),
        cancellationToken);

    private async Task<bool> TryDeleteUnusedAsync(Guid objectId, CancellationToken cancellationToken)
    {
        try
        {
            await store.DeleteAsync([objectId], cancellationToken);
            await ExecuteAsync(
                new ReadStatement("DELETE FROM attachment_objects WHERE id = $1 AND NOT is_used", Parameter.Of(objectId)),
                cancellationToken);

            return true;
        }
        catch (AttachmentUnavailableException exception)
        {
            Log.NotDeleted(logger, objectId, exception.Message);

            return false;
        }
    }

    private async Task<IReadOnlyList<Guid>> ReadIdsAsync(ReadStatement statement, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = statement.CreateCommand(connection);

        return await command.ReadAllAsync(row => row.GetGuid(0), cancellationToken);
    }

    private async Task ExecuteAsync(ReadStatement statement, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = statement.CreateCommand(connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Erased {Count} attachments")]
        public static partial void Erased(ILogger logger, int count);

        [LoggerMessage(2, LogLevel.Information, "Deleted {Count} stored objects that nothing uses")]
        public static partial void Unused(ILogger logger, int count);

        [LoggerMessage(3, LogLevel.Warning, "The objects of attachment {AttachmentId} could not be deleted; trying again in ten minutes: {Failure}")]
        public static partial void NotErased(ILogger logger, Guid attachmentId, string failure);

        [LoggerMessage(5, LogLevel.Warning, "The unused object {ObjectId} could not be deleted; trying again in ten minutes: {Failure}")]
        public static partial void NotDeleted(ILogger logger, Guid objectId, string failure);

        [LoggerMessage(4, LogLevel.Warning, "Erasing attachments failed; trying again in a minute: {Failure}")]
        public static partial void Failed(ILogger logger, string failure);
    }
}
