using CleanMessaging.Application.Attachments;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Limits the time of calls to the storage, and logs and translates their failures.</summary>
/// <param name="id">The id of the attachment, or of an object to be deleted, for the log.</param>
/// <param name="wait">How long a call may take that transfers at most a few chunks.</param>
internal sealed partial class StorageCallGuard(IObjectStorage storage, Guid id, TimeSpan wait, ILogger logger)
{
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(10);

    /// <param name="bytes">How many bytes the call transfers. It may take a second longer for each MiB.</param>
    /// <exception cref="AttachmentUnavailableException">The storage fails, or takes longer than the limit.</exception>
    /// <exception cref="OperationCanceledException">The caller has canceled the call.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, long bytes, CancellationToken cancellationToken)
    {
        var limit = wait + TimeSpan.FromSeconds(bytes >> 20);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            return await call(limited.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable("It did not answer in time.", exception);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && storage.IsFailure(exception))
        {
            throw Unavailable(exception.Message, exception);
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Func<CancellationToken, Task> call, long bytes, CancellationToken cancellationToken) => RunAsync(
        async limited =>
        {
            await call(limited);

            return true;
        },
        bytes,
        cancellationToken);

    /// <summary>Logs that the storage cannot be used, and returns the exception.</summary>
    public AttachmentUnavailableException Unavailable(string reason, Exception? exception = null)
    {
        LogUnavailable(logger, id, reason);

        return new AttachmentUnavailableException("The storage of attachments cannot be used.", exception);
    }

    /// <summary>Logs that an object is damaged, which needs an operator, and returns the exception.</summary>
    public AttachmentCorruptException Corrupt(string reason, Exception? exception = null)
    {
        LogCorrupt(logger, id, reason);

        return new AttachmentCorruptException("A stored object is missing or damaged.", exception);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The storage of attachments failed for {Id}: {Reason} The request can be repeated.")]
    private static partial void LogUnavailable(ILogger logger, Guid id, string reason);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "A stored object of attachment {AttachmentId} is missing or damaged: {Reason} Restore it from a backup.")]
    private static partial void LogCorrupt(ILogger logger, Guid attachmentId, string reason);
}
