using System.Collections.Concurrent;

namespace CleanMessaging.Client;

/// <summary>Where messages wait that the server does not have yet. A store that outlives the process loses none of them.</summary>
public interface IOutboxStore
{
    /// <summary>The messages of one sender that were saved and not removed, in any order.</summary>
    ValueTask<IReadOnlyList<OutboxMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default);

    /// <summary>Keeps a message in place of the one with the same id. When this returns, the message outlives whatever the store outlives.</summary>
    ValueTask SaveAsync(OutboxMessage message, CancellationToken cancellationToken = default);

    /// <summary>Forgets a message; one that is not there is no error.</summary>
    ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default);
}

/// <summary>Keeps what waits in memory: lost with the process.</summary>
public sealed class MemoryOutboxStore : IOutboxStore
{
    private readonly ConcurrentDictionary<Guid, OutboxMessage> _messages = new();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<OutboxMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<OutboxMessage>>([.. _messages.Values.Where(message => message.SenderId == senderId)]);

    /// <inheritdoc/>
    public ValueTask SaveAsync(OutboxMessage message, CancellationToken cancellationToken = default)
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
