namespace CleanMessaging.Application.Messages;

/// <summary>Maintains stored messages. Sends are stored by <see cref="ISendStore"/>.</summary>
public interface IMessageRepository
{
    /// <summary>
    /// Flags the oldest expired messages that are not flagged yet. It never waits for locks, never takes longer than a fraction of a
    /// second, and never throws. It has no visible effect.
    /// </summary>
    /// <returns>The number of messages that this call flagged.</returns>
    Task<int> FlagExpiredAsync(int atMost, DateTimeOffset now, CancellationToken cancellationToken);
}
