using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>The store of a send queue. Its lock serializes the writes, so that the store ends in the same state as the queue.</summary>
internal sealed partial class LockedStore(ISendQueueStore store, ILogger logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _storing = new(1, 1);

    /// <summary>Waits for other writes. Dispose the result to release the lock.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        await _storing.WaitAsync(cancellationToken).ConfigureAwait(false);

        return new Storing(_storing);
    }

    /// <summary>
    /// Waits for other writes, also of other sessions if the store has a lock for them. Use it to read a message and write it. If the lock
    /// of the store fails, which is logged, only this session's writes are serialized. Dispose the result to release the lock.
    /// </summary>
    public async Task<IAsyncDisposable> LockSharedAsync(CancellationToken cancellationToken)
    {
        var own = await LockAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new SharedStoring(own, await store.LockAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            own.Dispose();
            throw;
        }
        catch (Exception exception)
        {
            Log.NotLocked(logger, exception);

            return new SharedStoring(own, shared: null);
        }
    }

    public ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken) =>
        store.LoadAsync(senderId, cancellationToken);

    public ValueTask<QueuedMessage?> FindAsync(QueuedMessage message, CancellationToken cancellationToken) =>
        store.FindAsync(message.SenderId, message.ClientMessageId, cancellationToken);

    /// <summary>Returns a message as it is stored; null if it is not. After a failure, which is logged, returns the given one.</summary>
    public async Task<QueuedMessage?> TryFindAsync(QueuedMessage message)
    {
        try
        {
            return await FindAsync(message, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.NotRead(logger, exception, message.ClientMessageId);

            return message;
        }
    }

    public ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken) => store.SaveAsync(message, cancellationToken);

    public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken) =>
        store.RemoveAsync(clientMessageId, cancellationToken);

    /// <summary>Saves a message as attempted before its first attempt.</summary>
    /// <param name="isLastTry">
    /// Whether a failure is only logged. A full store may have no space for the new form, so the stored one is then removed first. If there
    /// is still no space, the message is only in memory, so that no later session treats it as never attempted.
    /// </param>
    /// <exception cref="Exception">The message could not be saved, and it is not the last try.</exception>
    public async Task SaveAttemptedAsync(QueuedMessage attempted, bool isLastTry)
    {
        try
        {
            await store.SaveAsync(attempted, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (!isLastTry)
        {
            Log.NotMarked(logger, exception, attempted.ClientMessageId);
            throw;
        }
        catch (Exception)
        {
            await TryReplaceAsync(attempted).ConfigureAwait(false);
        }
    }

    /// <summary>Saves a result from the server; logs a failure.</summary>
    public async Task TrySaveAsync(QueuedMessage message)
    {
        try
        {
            await store.SaveAsync(message, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.NotStored(logger, exception, message.ClientMessageId);
        }
    }

    /// <summary>Removes a message that the server has accepted; returns false after a failure, which is logged.</summary>
    public async Task<bool> TryRemoveAsync(Guid clientMessageId)
    {
        try
        {
            await store.RemoveAsync(clientMessageId, CancellationToken.None).ConfigureAwait(false);

            return true;
        }
        catch (Exception exception)
        {
            Log.NotStored(logger, exception, clientMessageId);

            return false;
        }
    }

    /// <summary>Waits for a write that is in progress.</summary>
    public async ValueTask DisposeAsync() => (await LockAsync(CancellationToken.None).ConfigureAwait(false)).Dispose();

    private async Task TryReplaceAsync(QueuedMessage attempted)
    {
        try
        {
            await store.RemoveAsync(attempted.ClientMessageId, CancellationToken.None).ConfigureAwait(false);
            await store.SaveAsync(attempted, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.NotReplaced(logger, exception, attempted.ClientMessageId);
        }
    }

    private sealed class SharedStoring(IDisposable own, IAsyncDisposable? shared) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                if (shared is not null)
                    await shared.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                own.Dispose();
            }
        }
    }

    private sealed class Storing(SemaphoreSlim storing) : IDisposable
    {
        public void Dispose() => storing.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Warning, "The result of sending message {ClientMessageId} could not be stored; after a restart the client will send it again")]
        public static partial void NotStored(ILogger logger, Exception exception, Guid clientMessageId);

        [LoggerMessage(3, LogLevel.Warning, "Message {ClientMessageId} could not be read from the store; the client sends it as it is in memory")]
        public static partial void NotRead(ILogger logger, Exception exception, Guid clientMessageId);

        [LoggerMessage(4, LogLevel.Warning, "Message {ClientMessageId} could not be stored as attempted, so it is not sent yet; the client will retry")]
        public static partial void NotMarked(ILogger logger, Exception exception, Guid clientMessageId);

        [LoggerMessage(5, LogLevel.Warning, "Message {ClientMessageId} could not be stored as attempted again; the client sends it, and keeps it in memory only")]
        public static partial void NotReplaced(ILogger logger, Exception exception, Guid clientMessageId);

        [LoggerMessage(6, LogLevel.Warning, "The lock of the store could not be acquired; writes of other sessions are not waited for")]
        public static partial void NotLocked(ILogger logger, Exception exception);
    }
}
