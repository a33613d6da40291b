using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Messages;

/// <summary>A message: text with a fixed price, sequence and time, which is visible until an exact instant.</summary>
public sealed class Message : AggregateRoot
{
    private Message()
    {
    }

    public Guid Id { get; private init; }

    public Guid ConversationId { get; private init; }

    /// <summary>The number of the message in its conversation: 1, 2, 3 and so on, in commit order, without gaps.</summary>
    public long Sequence { get; private init; }

    /// <summary>The conversation's revision at the message's latest visible change.</summary>
    public long Revision { get; private init; }

    public Guid SenderId { get; private init; }

    /// <summary>The text, exactly as sent.</summary>
    public string Content { get; private init; } = "";

    /// <summary>The time of acceptance; later than that of every message with a lower sequence.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private init; }

    /// <summary>
    /// The instant at which the message expires: from then on it is invisible to both participants. Null if it never expires.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary>
    /// Whether the clean-up has flagged the message, some time after <see cref="ExpiresAt"/>. The data model requires the flag, for reports
    /// that read the table directly. It does not affect visibility. Only a statement of the clean-up sets it, never the aggregate.
    /// </summary>
    public bool IsExpired { get; private init; }

    /// <summary>The idempotency key that the client chose for this send; permanently unique per sender.</summary>
    public Guid? ClientMessageId { get; private init; }

    /// <summary>The price that the sender paid, in points; 0 for a free message.</summary>
    public long PointsCharged { get; private init; }

    /// <summary>
    /// Sends a message: determines the price, assigns the position in the conversation, counts the message and charges the wallet. When the
    /// send is rejected, the conversation, the quota and the wallet stay unchanged.
    /// </summary>
    /// <param name="maxPoints">The highest price that the sender agrees to pay, in points; null for any price.</param>
    /// <exception cref="DomainException">
    /// <c>payment.invalid_max_points</c>, <c>conversation.not_found</c> (not a participant), <c>payment.consent_required</c>,
    /// <c>wallet.insufficient_balance</c>
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

        if (maxPoints < 0)
            throw new DomainException(QuotaErrors.InvalidMaxPoints);

        conversation.EnsureParticipant(draft.SenderId);
        var status = quota.StatusAt(policy, now);
        if (status.NextPrice > maxPoints)
            throw new DomainException(QuotaErrors.ConsentRequired(status, wallet.Balance));

        wallet.EnsureCovers(status.NextPrice, status.ResetsAt);

        // From here on the send cannot be rejected.
        var position = conversation.Advance(now);
        var message = new Message
        {
            Id = Guid.CreateVersion7(position.At),
            ConversationId = conversation.Id,
            Sequence = position.Sequence,
            Revision = position.Revision,
            SenderId = draft.SenderId,
            Content = draft.Content,
            CreatedAt = position.At,
            UpdatedAt = position.At,
            ExpiresAt = draft.ExpirationHours is { } hours ? position.At.AddHours(hours) : null,
            ClientMessageId = draft.ClientMessageId,
            PointsCharged = status.NextPrice,
        };
        quota.Count(policy, now);
        if (status.NextPrice > 0)
            wallet.Spend(status.NextPrice, now, new ConversationId(conversation.Id), new MessageId(message.Id));

        message.Raise(new MessageSent(
            new MessageId(message.Id),
            new ConversationId(message.ConversationId),
            message.Sequence,
            message.Revision,
            draft.SenderId,
            message.Content,
            message.CreatedAt,
            message.ExpiresAt,
            draft.ClientMessageId,
            conversation.ParticipantIds));

        return message;
    }

    /// <summary>
    /// Verifies that a repeated send matches this message: same conversation, same text, same time to live. The price that the sender
    /// agrees to may differ, because a repetition is never charged.
    /// </summary>
    /// <exception cref="DomainException"><c>message.client_id_reused</c></exception>
    public void EnsureSameRequest(Guid conversationId, MessageDraft draft)
    {
        var timeToLive = draft.ExpirationHours is { } hours ? TimeSpan.FromHours(hours) : (TimeSpan?)null;
        var same = ConversationId == conversationId && Content == draft.Content && ExpiresAt - CreatedAt == timeToLive;
        if (!same)
            throw new DomainException(MessageErrors.ClientIdReused);
    }
}
