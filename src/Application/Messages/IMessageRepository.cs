using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;

namespace CleanMessaging.Application.Messages;

/// <summary>Loads stored messages for changes, and maintains them. Sends are stored by <see cref="ISendStore"/>.</summary>
public interface IMessageRepository
{
    /// <summary>
    /// Loads a message and its conversation to change the message. Locks both rows, so that changes and sends are numbered one after
    /// the other. Returns null if the message does not exist, if the user is not a participant, or has hidden or cleared the message.
    /// </summary>
    Task<MessageToChange?> LoadToChangeAsync(MessageId messageId, UserId userId, CancellationToken cancellationToken);

    /// <summary>
    /// Loads a message and its conversation, as <see cref="LoadToChangeAsync"/> does, to delete the message. Also loads a message that the
    /// user has hidden or cleared, because its sender can still delete it for the other participant.
    /// </summary>
    Task<MessageToChange?> LoadToDeleteAsync(MessageId messageId, UserId userId, CancellationToken cancellationToken);

    /// <summary>Erases the earlier texts of a message, as part of its deletion.</summary>
    Task EraseVersionsAsync(MessageId messageId, CancellationToken cancellationToken);

    /// <summary>
    /// Flags the oldest expired messages that are not flagged yet, and erases their contents if the retention policy says so. It never
    /// waits for locks, never takes longer than a fraction of a second, and never throws. It has no visible effect.
    /// </summary>
    /// <returns>The number of messages that this call flagged.</returns>
    Task<int> FlagExpiredAsync(int atMost, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Flags messages that expired before a time, and erases their contents: the texts, earlier ones included, the reactions, and the
    /// names and keys of the attachments. Takes the oldest first, passes over messages that another transaction has locked, and takes
    /// fewer if they have large contents. It has no visible effect.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is in the future.</exception>
    Task<PurgedMessages> PurgeExpiredAsync(
        DateTimeOffset expiredBefore, int atMost, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Conversation">The message's conversation, without its participants.</param>
/// <param name="ViewerIds">The participants who have neither hidden nor cleared the message.</param>
public sealed record MessageToChange(Message Message, Conversation Conversation, IReadOnlyList<Guid> ViewerIds);
