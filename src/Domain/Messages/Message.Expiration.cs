using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <content>The expiry, which its sender can bring forward. It never moves back: both participants were promised the instant.</content>
public sealed partial class Message
{
    /// <summary>The hours that the send asked for; null if it asked for none.</summary>
    private int? AskedExpirationHours => (ExpiresByDefault, SentExpirationHours) switch
    {
        (true, _) or (_, 0) => null,
        (_, null) => HoursUntilExpiry,
        (_, { } hours) => hours,
    };

    private int? HoursUntilExpiry => ExpiresAt is { } expiresAt ? (int)(expiresAt - CreatedAt).TotalHours : null;

    /// <summary>
    /// Lets the message expire a number of hours from now, if that is earlier than it expires already. It costs nothing and refunds
    /// nothing.
    /// </summary>
    /// <param name="conversation">The message's conversation, locked for changes.</param>
    /// <param name="userId">The user who changes the expiry; only the sender can.</param>
    /// <exception cref="DomainException">
    /// <c>message.invalid_earlier_expiration</c>, <c>conversation.not_found</c> (not a participant), <c>message.not_found</c> (expired or
    /// deleted), <c>message.not_yours</c>, <c>message.expiration_only_earlier</c>
    /// </exception>
    public void ExpireSooner(
        Conversation conversation, UserId userId, int expirationHours, IRequestHasher hasher, DateTimeOffset now)
    {
        if (expirationHours is < MessageDraft.ExpirationHoursMin or > MessageDraft.ExpirationHoursMax)
            throw new DomainException(MessageErrors.InvalidEarlierExpiration);

        EnsureVisibleTo(conversation, userId, now);
        if (SenderId != userId)
            throw new DomainException(MessageErrors.NotYours);

        var expiresAt = now.ToStored().AddHours(expirationHours);
        if (ExpiresAt is { } current && current <= expiresAt)
            throw new DomainException(MessageErrors.ExpirationOnlyEarlier(current));

        HashRequest(hasher);
        Change(conversation, now);
        SentExpirationHours ??= HoursUntilExpiry ?? 0;
        ExpiresAt = expiresAt;
        Raise(new MessageExpirationChanged(
            new MessageId(Id), new ConversationId(ConversationId), Revision, conversation.ParticipantIds)
        {
            ChangedAt = UpdatedAt,
        });
    }
}
