using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Messages;

/// <content>The send, which also changes the conversation, the quota and the wallet.</content>
public sealed partial class Message
{
    /// <summary>
    /// Sends a message: determines the price, assigns the position in the conversation, counts the message and charges the wallet. When the
    /// send is rejected, the conversation, the quota and the wallet stay unchanged.
    /// </summary>
    /// <param name="maxPoints">The highest price that the sender agrees to pay, in points; null for any price.</param>
    /// <exception cref="DomainException">
    /// <c>payment.invalid_max_points</c>, <c>conversation.not_found</c> (not a participant), <c>message.reply_out_of_range</c>,
    /// <c>payment.consent_required</c>, <c>wallet.insufficient_balance</c>
    /// </exception>
    /// <exception cref="ArgumentException">The quota or the wallet is not the sender's.</exception>
    public static Message Send(
        Conversation conversation,
        MessageQuota quota,
        Wallet wallet,
        QuotaPolicy policy,
        MessageDraft draft,
        long? maxPoints,
        DateTimeOffset now)
    {
        if (quota.UserId != draft.SenderId || wallet.UserId != draft.SenderId)
            throw new ArgumentException("Quota and wallet must be the sender's.", nameof(draft));

        var status = quota.StatusAt(policy, now);
        EnsureSendable(conversation, wallet, status, draft, maxPoints);

        // From here on the send cannot be rejected.
        var message = Create(conversation, draft, status.NextPrice, now);
        quota.Count(policy, now);
        if (status.NextPrice > 0)
            wallet.Spend(status.NextPrice, now, new ConversationId(conversation.Id), new MessageId(message.Id));

        message.RaiseSent(draft, conversation.ParticipantIds);

        return message;
    }

    private static void EnsureSendable(
        Conversation conversation, Wallet wallet, QuotaStatus status, MessageDraft draft, long? maxPoints)
    {
        if (maxPoints < 0)
            throw new DomainException(QuotaErrors.InvalidMaxPoints);

        conversation.EnsureParticipant(draft.SenderId);
        if (draft.ReplyToSequence > conversation.LastSequence)
            throw new DomainException(MessageErrors.ReplyOutOfRange);

        if (status.NextPrice > maxPoints)
            throw new DomainException(QuotaErrors.ConsentRequired(status, wallet.Balance));

        wallet.EnsureCovers(status.NextPrice, status.ResetsAt);
    }

    /// <summary>Creates the message at the next position of its conversation.</summary>
    private static Message Create(Conversation conversation, MessageDraft draft, long price, DateTimeOffset now)
    {
        var expirationHours = draft.UsesDefaultExpiration ? conversation.DefaultExpirationHours : draft.ExpirationHours;
        var position = conversation.Advance(now);

        return new Message
        {
            Id = Guid.CreateVersion7(position.At),
            ConversationId = conversation.Id,
            Sequence = position.Sequence,
            Revision = position.Revision,
            SenderId = draft.SenderId,
            Content = draft.Content,
            CreatedAt = position.At,
            UpdatedAt = position.At,
            ExpiresAt = expirationHours is { } hours ? position.At.AddHours(hours) : null,
            ExpiresByDefault = draft.UsesDefaultExpiration && expirationHours is not null,
            ClientMessageId = draft.ClientMessageId,
            PointsCharged = price,
            ReplyToSequence = draft.ReplyToSequence,
        };
    }

    private void RaiseSent(MessageDraft draft, IReadOnlyList<Guid> participantIds) => Raise(
        new MessageSent(
            new MessageId(Id),
            new ConversationId(ConversationId),
            Sequence,
            Revision,
            draft.SenderId,
            Content,
            CreatedAt,
            ExpiresAt,
            draft.ClientMessageId,
            participantIds)
        {
            ReplyToSequence = ReplyToSequence,
        });
}
