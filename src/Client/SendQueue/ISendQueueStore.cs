using System.Collections.Concurrent;

namespace CleanMessaging.Client;

/// <summary>Stores messages that the server has not accepted yet. With a durable store they survive the end of the process.</summary>
public interface ISendQueueStore
{
    /// <summary>Returns the stored messages of one sender, in any order.</summary>
    ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Returns a stored message; null when it is not stored. Another session with the same store may have changed or removed it.
    /// </summary>
    async ValueTask<QueuedMessage?> FindAsync(Guid senderId, Guid clientMessageId, CancellationToken cancellationToken = default)
    {
        var stored = await LoadAsync(senderId, cancellationToken).ConfigureAwait(false);

        return stored.FirstOrDefault(message => message.ClientMessageId == clientMessageId);
    }

    /// <summary>
    /// Saves a message, replacing the one with the same id. When the call returns, the message is as durable as the store.
    /// </summary>
    ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken = default);

    /// <summary>Removes a message; does nothing when it is not stored.</summary>
    ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires the lock that all sessions with the store share, waiting for it if necessary; dispose the result to release it. With the
    /// lock, no session edits a message while another begins to send it. By default there is no such lock, and null is returned.
    /// </summary>
    ValueTask<IAsyncDisposable?> LockAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<IAsyncDisposable?>(null);
}

/// <summary>Keeps unsent messages in memory. They are lost when the process ends.</summary>
public sealed class MemorySendQueueStore : ISendQueueStore
{
    private readonly ConcurrentDictionary<Guid, QueuedMessage> _messages = new();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<QueuedMessage>>([.. _messages.Values.Where(message => message.SenderId == senderId)]);

    /// <inheritdoc/>
    public ValueTask<QueuedMessage?> FindAsync(Guid senderId, Guid clientMessageId, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_messages.GetValueOrDefault(clientMessageId));

    /// <inheritdoc/>
    public ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken = default)
    {
        _messages[message.ClientMessageId] = message;

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default)
    {
        _messages.TryRemove(clientMessageId, out _);

        return ValueTask.CompletedTask;
    }
}
