using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Messages;

/// <content>The send, which also changes the conversation, the quota, the wallet and the attachments.</content>
public sealed partial class Message
{
    /// <summary>
    /// Sends a message: determines the price, assigns the position in the conversation, binds the attachments, counts the message and
    /// charges the wallet. When the send is rejected, the conversation, the quota, the wallet and the attachments stay unchanged.
    /// Attachments cost nothing: a message with ten files has the price of a message.
    /// </summary>
    /// <param name="maxPoints">The highest price that the sender agrees to pay, in points; null for any price.</param>
    /// <param name="attachments">
    /// Those of the draft's attachments that exist, in any order; null if the draft has none. One that is missing is unknown.
    /// </param>
    /// <exception cref="DomainException">
    /// <c>payment.invalid_max_points</c>, <c>conversation.not_found</c> (not a participant), <c>message.reply_out_of_range</c>,
    /// <c>attachment.not_found</c>, <c>attachment.already_sent</c>, <c>attachment.not_ready</c>, <c>message.voice_alone</c>,
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
        DateTimeOffset now,
        IReadOnlyCollection<Attachment>? attachments = null)
    {
        if (quota.UserId != draft.SenderId || wallet.UserId != draft.SenderId)
            throw new ArgumentException("Quota and wallet must be the sender's.", nameof(draft));

        var status = quota.StatusAt(policy, now);
        EnsureSendable(conversation, draft, maxPoints);
        var attached = draft.AttachmentIds.Count > 0 ? FindSendable(attachments ?? [], conversation, draft, now) : null;
        EnsurePayable(wallet, status, maxPoints);

        // From here on the send cannot be rejected.
        var message = Create(conversation, draft, status.NextPrice, now);
        message.Bind(attached);
        quota.Count(policy, now);
        if (status.NextPrice > 0)
            wallet.Spend(status.NextPrice, now, new ConversationId(conversation.Id), new MessageId(message.Id));

        message.RaiseSent(draft, conversation.ParticipantIds);

        return message;
    }

    private static void EnsureSendable(Conversation conversation, MessageDraft draft, long? maxPoints)
    {
        if (maxPoints < 0)
            throw new DomainException(QuotaErrors.InvalidMaxPoints);

        conversation.EnsureParticipant(draft.SenderId);
        if (draft.ReplyToSequence > conversation.LastSequence)
            throw new DomainException(MessageErrors.ReplyOutOfRange);
    }

    /// <summary>Makes attachments part of this message; null for none.</summary>
    private void Bind(List<Attachment>? attached)
    {
        if (attached is not null)
            Attachments = MessageAttachments.Of(attached.ConvertAll(attachment => attachment.BindTo(new MessageId(Id), ExpiresAt)));
    }

    /// <summary>Returns the attachments of a draft, in its order, if all of them can be sent.</summary>
    private static List<Attachment> FindSendable(
        IReadOnlyCollection<Attachment> attachments, Conversation conversation, MessageDraft draft, DateTimeOffset now)
    {
        var found = new List<Attachment>(draft.AttachmentIds.Count);
        foreach (var id in draft.AttachmentIds)
        {
            var attachment = attachments.FirstOrDefault(one => one.Id == id) ?? throw new DomainException(AttachmentErrors.NotFound);
            attachment.EnsureSendable(draft.SenderId, new ConversationId(conversation.Id), now);
            found.Add(attachment);
        }

        if (found.Count > 1 && found.Exists(attachment => attachment.Kind == AttachmentKind.Voice))
            throw new DomainException(MessageErrors.VoiceWithOthers);

        return found;
    }

    private static void EnsurePayable(Wallet wallet, QuotaStatus status, long? maxPoints)
    {
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
            Attachments = Attachments?.All,
        });
}
