using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Messages;

/// <summary>Loads and stores messages for the commands.</summary>
public interface IMessageRepository
{
    /// <summary>
    /// Locks, in the global lock order, and loads the state that a send needs: the sender's quota and wallet, the conversation, and the message of an
    /// earlier send with the same client message id.
    /// </summary>
    Task<SendContext> LoadForSendAsync(Guid senderId, Guid conversationId, Guid? clientMessageId, CancellationToken cancellationToken);

    void Add(Message message);

    /// <summary>
    /// Flags the oldest expired messages that are not flagged yet. It never waits for locks, never takes longer than a fraction of a second, and never
    /// throws. It has no visible effect.
    /// </summary>
    /// <returns>The number of messages that this call flagged.</returns>
    Task<int> FlagExpiredAsync(int atMost, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Conversation">The conversation with its participants; null if it does not exist.</param>
/// <param name="IsRecipientDeactivated">Whether the other participant's account is deactivated.</param>
/// <param name="EarlierSend">The message of an earlier send by this sender with the same client message id; null for a first send.</param>
public sealed record SendContext(MessageQuota Quota, Wallet Wallet, Conversation? Conversation, bool IsRecipientDeactivated, Message? EarlierSend);
