using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <content>Reactions, which both participants can set and remove at any time while they see the message.</content>
public sealed partial class Message
{
    /// <summary>
    /// Sets a user's reaction, in place of an earlier one: a user has one reaction to a message. It costs nothing, and changes neither the
    /// order, the unread count nor <see cref="EditedAt"/>. The emoji that the user has already set changes nothing.
    /// </summary>
    /// <param name="conversation">The message's conversation, locked for changes.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>message.not_found</c> (expired or deleted), <c>reaction.not_allowed</c>
    /// </exception>
    public void React(Conversation conversation, UserId userId, Emoji emoji, ReactionPolicy policy, DateTimeOffset now)
    {
        EnsureVisibleTo(conversation, userId, now);
        if (Reactions?.Find(userId) is { } current && current.Emoji.IsSameAs(emoji))
            return;

        policy.EnsureAllowed(emoji);
        Change(conversation, now);
        Reactions = MessageReactions.With(Reactions, new Reaction(userId, emoji, UpdatedAt));
        RaiseReacted(conversation);
    }

    /// <summary>Removes a user's reaction. Nothing changes if the user has none.</summary>
    /// <param name="conversation">The message's conversation, locked for changes.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>message.not_found</c> (expired or deleted)
    /// </exception>
    public void Unreact(Conversation conversation, UserId userId, DateTimeOffset now)
    {
        EnsureVisibleTo(conversation, userId, now);
        if (Reactions?.Find(userId) is null)
            return;

        Change(conversation, now);
        Reactions = Reactions.Without(userId);
        RaiseReacted(conversation);
    }

    private void EnsureVisibleTo(Conversation conversation, UserId userId, DateTimeOffset now)
    {
        EnsureParticipant(conversation, userId);
        if (!this.IsVisible(now))
            throw new DomainException(MessageErrors.NotFound);
    }

    private void RaiseReacted(Conversation conversation) => Raise(
        new MessageReacted(new MessageId(Id), new ConversationId(ConversationId), Revision, conversation.ParticipantIds)
        {
            ChangedAt = UpdatedAt,
        });
}
