using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Application.Messages;

/// <summary>The messages as the commands need them.</summary>
public interface IMessageRepository
{
    /// <summary>
    /// Locks, in the one lock order, and loads all that deciding a send needs: the sender's quota and wallet, the conversation,
    /// and what an earlier send under the same client id made.
    /// </summary>
    Task<SendContext> LoadForSendAsync(Guid senderId, Guid conversationId, Guid? clientMessageId, CancellationToken cancellationToken);

    void Add(Message message);

    /// <summary>
    /// Flags the oldest messages that have passed their instant. Housekeeping: never waits for locks, never takes longer than a
    /// fraction of a second, never fails; it changes nothing that anybody can see.
    /// </summary>
    /// <returns>How many were flagged now.</returns>
    Task<int> FlagExpiredAsync(int atMost, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Conversation">With its participants; null when there is none of that id.</param>
/// <param name="IsRecipientDeactivated">Whether the other participant's account is deactivated.</param>
/// <param name="EarlierSend">The message that the sender sent under the same client id before; null for a first send.</param>
public sealed record SendContext(MessageQuota Quota, Wallet Wallet, Conversation? Conversation, bool IsRecipientDeactivated, Message? EarlierSend);
