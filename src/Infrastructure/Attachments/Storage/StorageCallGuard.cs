using CleanMessaging.Application.Attachments;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>Limits the time of calls to the storage, and logs, counts and translates their failures.</summary>
/// <param name="operation">The operation that the calls belong to: <see cref="Read"/>, <see cref="Write"/> or <see cref="Delete"/>.</param>
/// <param name="id">The id of the attachment, or of an object to be deleted, for the log.</param>
/// <param name="wait">How long a call may take that transfers at most a few chunks.</param>
internal sealed partial class StorageCallGuard(
    IObjectStorage storage, string operation, Guid id, TimeSpan wait, MessagingMetrics metrics, ILogger logger)
{
    public const string Read = "read";
    public const string Write = "write";
    public const string Delete = "delete";

    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Runs a call, and returns in time also if the call does not observe its token, as calls of a file system do not. Such a call still
    /// runs then, and may still write into its buffers: the caller may not use them again. A result that comes late is disposed.
    /// </summary>
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
            var running = call(limited.Token);
            try
            {
                return await running.WaitAsync(limited.Token);
            }
            catch (OperationCanceledException)
            {
                _ = DisposeLateAsync(running);
                throw;
            }
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

    /// <summary>Logs that the server does not have the key of a file, and returns the exception.</summary>
    public AttachmentUnavailableException KeyMissing(Exception exception)
    {
        LogKeyMissing(logger, id);

        return new AttachmentUnavailableException("The server does not have the key of an attachment.", exception);
    }

    /// <summary>
    /// Returns the exception for an object that is missing or damaged. It is not logged here, because it can also mean that a concurrent
    /// request has deleted the object. <see cref="CorruptAttachmentLog"/> logs it where it is final.
    /// </summary>
    public AttachmentCorruptException Corrupt(string reason, Exception? exception = null) =>
        new($"A stored object of attachment {id} is missing or damaged: {reason}", exception);

    private AttachmentUnavailableException Unavailable(string reason, Exception exception)
    {
        metrics.StorageFailed(operation);
        LogUnavailable(logger, operation, id, reason);

        return new AttachmentUnavailableException("The storage of attachments cannot be used.", exception);
    }

    private static async Task DisposeLateAsync<T>(Task<T> running)
    {
        try
        {
            if (await running is IAsyncDisposable late)
                await late.DisposeAsync();
        }
        catch (Exception)
        {
            // The call was reported as failed when its time was over. What became of it later has no effect.
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The storage of attachments failed to {Operation} {Id}: {Reason} The request can be repeated.")]
    private static partial void LogUnavailable(ILogger logger, string operation, Guid id, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The key of attachment {Id} is encrypted under a key that Encryption:Keys does not have; the attachment cannot be used "
            + "until that key is added.")]
    private static partial void LogKeyMissing(ILogger logger, Guid id);
}
