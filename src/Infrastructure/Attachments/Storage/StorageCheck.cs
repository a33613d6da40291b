using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Attachments.Storage;

/// <summary>
/// Opens the storage when the server starts, and then stores, reads and deletes an object. If the storage fails, the check logs it and the
/// server continues: everything but attachments works.
/// </summary>
/// <remarks>No row describes the object of the check. It stays in the storage if its deletion fails or the server is killed.</remarks>
internal sealed partial class StorageCheck(ConfiguredStorage configured, TimeProvider clock, ILogger<StorageCheck> logger)
    : BackgroundService
{
    private static readonly byte[] _content = "check"u8.ToArray();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (configured.Storage is not { } storage)
            return;

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limited.CancelAfter(StorageCallGuard.DefaultWait);
        try
        {
            await RunAsync(storage, limited.Token);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops before the check is complete.
        }
        catch (OperationCanceledException)
        {
            LogFailed(logger, "It did not answer in time.");
        }
        catch (Exception exception) when (storage.IsFailure(exception))
        {
            LogFailed(logger, exception.Message);
        }
    }

    private async Task RunAsync(IObjectStorage storage, CancellationToken cancellationToken)
    {
        var objectId = Guid.CreateVersion7(clock.GetUtcNow());
        try
        {
            await using (var file = await storage.CreateFileAsync(objectId).WaitAsync(cancellationToken))
            {
                await file.Content.WriteAsync(_content, cancellationToken);
                await storage.PutAsync(objectId, file, cancellationToken).WaitAsync(cancellationToken);
            }

            var read = new byte[_content.Length];
            await using var stored = await storage.OpenAsync(objectId, 0, read.Length, cancellationToken).WaitAsync(cancellationToken);
            var count = stored is null ? 0 : await stored.ReadAtLeastAsync(read, read.Length, throwOnEndOfStream: false, cancellationToken);
            if (count < read.Length || !read.SequenceEqual(_content))
                LogFailed(logger, "An object that was stored is not what was read.");
        }
        catch
        {
            // The object may have been stored. A failed deletion must not hide the first failure.
            await DeleteAsync(storage, objectId).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await DeleteAsync(storage, objectId);
    }

    private static async Task DeleteAsync(IObjectStorage storage, Guid objectId)
    {
        using var limited = new CancellationTokenSource(StorageCallGuard.DefaultWait);
        await storage.DeleteAsync(objectId, limited.Token).WaitAsync(limited.Token);
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The storage of attachments cannot be used: {Reason} Attachments are answered with an error until it can.")]
    private static partial void LogFailed(ILogger logger, string reason);
}
