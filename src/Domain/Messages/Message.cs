using System.Linq.Expressions;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Messages;

/// <summary>A text that was accepted once, priced once and numbered once, readable until an exact instant.</summary>
public sealed class Message : AggregateRoot
{
    private Message()
    {
    }

    public Guid Id { get; private init; }

    public Guid ConversationId { get; private init; }

    /// <summary>1, 2, 3 … in the conversation, in commit order, without holes.</summary>
    public long Sequence { get; private init; }

    /// <summary>The conversation's revision at the message's latest visible change.</summary>
    public long Revision { get; private init; }

    public Guid SenderId { get; private init; }

    /// <summary>Verbatim as sent.</summary>
    public string Content { get; private init; } = "";

    /// <summary>Later than that of every message with a lower sequence.</summary>
    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset UpdatedAt { get; private init; }

    /// <summary>At this instant the message is gone for everyone, the sender included; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; private init; }

    /// <summary>Set by housekeeping some time after <see cref="ExpiresAt"/>; decides nothing that anybody can see.</summary>
    public bool IsExpired { get; private init; }

    /// <summary>The sender's own name for the send; unique per sender, for ever.</summary>
    public Guid? ClientMessageId { get; private init; }

    /// <summary>What the sender paid, in points; 0 when it was free.</summary>
    public long PointsCharged { get; private init; }

    /// <summary>
    /// Sends a message: decides its price, takes its place in the conversation, counts it and lets the wallet pay, or rejects and
    /// changes none of the three.
    /// </summary>
    /// <param name="maxPoints">The most that the sender agrees to pay; null to pay what it costs.</param>
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

        // Nothing rejects from here on.
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
            wallet.Spend(status.NextPrice, now, conversation.Id, message.Id);

        message.Raise(new MessageSent(
            message.Id,
            message.ConversationId,
            message.Sequence,
            message.Revision,
            message.SenderId,
            message.Content,
            message.CreatedAt,
            message.ExpiresAt,
            message.ClientMessageId,
            conversation.ParticipantIds));

        return message;
    }

    /// <summary>A message as it was stored.</summary>
    internal static Message Restore(
        Guid id,
        Guid conversationId,
        long sequence,
        long revision,
        Guid senderId,
        string content,
        DateTimeOffset createdAt,
        DateTimeOffset updatedAt,
        DateTimeOffset? expiresAt,
        bool isExpired,
        Guid? clientMessageId,
        long pointsCharged) => new()
        {
            Id = id,
            ConversationId = conversationId,
            Sequence = sequence,
            Revision = revision,
            SenderId = senderId,
            Content = content,
            CreatedAt = createdAt,
            UpdatedAt = updatedAt,
            ExpiresAt = expiresAt,
            IsExpired = isExpired,
            ClientMessageId = clientMessageId,
            PointsCharged = pointsCharged,
        };

    /// <summary>
    /// What "visible" means, for every read path: it never expires, or not yet. At the instant itself it is gone.
    /// </summary>
    public static Expression<Func<Message, bool>> VisibleAt(DateTimeOffset now) =>
        message => message.ExpiresAt == null || message.ExpiresAt > now;

    /// <summary>Whether the message can be read at an instant, by anybody. The same rule as <see cref="VisibleAt"/>.</summary>
    public bool IsVisibleAt(DateTimeOffset now) => ExpiresAt is null || ExpiresAt > now;

    /// <summary>
    /// Accepts that this message is what a repeated send asks for: same conversation, same text, same time to live. What the
    /// sender agrees to pay may differ; nothing is paid twice.
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
