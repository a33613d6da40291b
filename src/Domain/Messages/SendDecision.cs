using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Wallets;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// The decision about a send that is not rejected: the new message, or the message of an earlier send that this one repeats.
/// </summary>
/// <param name="Quota">The sender's quota after the send.</param>
/// <param name="IsReplay">Whether the send repeats an earlier one. A replay changes nothing and costs nothing.</param>
/// <param name="Events">The domain events to publish once the send is stored; empty for a replay.</param>
/// <param name="DecidedAt">The time at which the send was decided.</param>
public sealed record SendDecision(
    Message Message, QuotaStatus Quota, bool IsReplay, IReadOnlyList<IDomainEvent> Events, DateTimeOffset DecidedAt)
{
    /// <summary>
    /// Decides a send by all rules, in this order: a repetition returns its earlier message; the conversation must exist and the sender
    /// must participate; the recipient must not be deactivated; then <see cref="Message.Send"/> determines the price, the position and the
    /// charge.
    /// </summary>
    /// <param name="state">Changed by a new message; unchanged by a replay and by a rejection.</param>
    /// <exception cref="DomainException">
    /// <c>message.client_id_reused</c>, <c>conversation.not_found</c>, <c>conversation.recipient_unavailable</c>, and the errors of
    /// <see cref="Message.Send"/>
    /// </exception>
    public static SendDecision Decide(
        SendState state, SendRequest request, QuotaPolicy policy, IRequestHasher hasher, DateTimeOffset now)
    {
        if (state.Earlier is { } earlier)
        {
            earlier.EnsureSameRequest(request.ConversationId, request.Draft, hasher);

            return new SendDecision(earlier, state.Quota.StatusAt(policy, now), IsReplay: true, [], now);
        }

        var conversation = state.Conversation ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.EnsureRecipientAvailable(request.SenderId, state.IsRecipientDeactivated);
        var message = Message.Send(
            conversation, state.Quota, state.Wallet, policy, request.Draft, request.MaxPoints, now, state.Attachments);

        // Later sends of a batch are decided on the same aggregates, so each send takes its events with it.
        var events = new List<IDomainEvent>();
        conversation.MoveEventsTo(events);
        state.Quota.MoveEventsTo(events);
        state.Wallet.MoveEventsTo(events);
        message.MoveEventsTo(events);

        return new SendDecision(message, state.Quota.StatusAt(policy, now), IsReplay: false, events, now);
    }
}

/// <summary>A request to send a message in a conversation.</summary>
/// <param name="MaxPoints">The highest price that the sender agrees to pay, in points; null for any price.</param>
public sealed record SendRequest(ConversationId ConversationId, MessageDraft Draft, long? MaxPoints)
{
    public UserId SenderId => Draft.SenderId;

    /// <summary>Whether a repetition of the request returns the result of the first one.</summary>
    public bool IsIdempotent => Draft.ClientMessageId is not null;
}

/// <summary>The state that a send depends on and changes.</summary>
/// <param name="Quota">The sender's quota.</param>
/// <param name="Wallet">The sender's wallet.</param>
/// <param name="Conversation">The conversation; null if it does not exist.</param>
/// <param name="IsRecipientDeactivated">Whether the other participant's account is deactivated.</param>
/// <param name="Earlier">The message of an earlier send by this sender with the same client message id; null for a first send.</param>
/// <param name="Attachments">Those of the draft's attachments that exist.</param>
public sealed record SendState(
    MessageQuota Quota,
    Wallet Wallet,
    Conversation? Conversation,
    bool IsRecipientDeactivated,
    Message? Earlier,
    IReadOnlyCollection<Attachment> Attachments);
