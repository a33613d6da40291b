using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

/// <content>Whether the receiver has played a voice message.</content>
public sealed partial class Message
{
    private bool IsVoice => Attachments is { All: [{ Kind: AttachmentKind.Voice }] };

    /// <summary>
    /// Records that a user has played a voice message. The first time of the receiver counts. The sender's own playing changes nothing.
    /// It costs nothing, and changes neither the order nor the unread count: a played message need not be read.
    /// </summary>
    /// <param name="conversation">The message's conversation, locked for changes.</param>
    /// <exception cref="DomainException">
    /// <c>conversation.not_found</c> (not a participant), <c>message.not_found</c> (expired or deleted), <c>message.not_playable</c> (not a
    /// voice message)
    /// </exception>
    public void MarkPlayed(Conversation conversation, UserId userId, DateTimeOffset now)
    {
        EnsureVisibleTo(conversation, userId, now);
        if (!IsVoice)
            throw new DomainException(MessageErrors.NotPlayable);

        if (userId == SenderId || PlayedAt is not null)
            return;

        Change(conversation, now);
        PlayedAt = UpdatedAt;
        Raise(new MessagePlayed(new MessageId(Id), new ConversationId(ConversationId), Revision, conversation.ParticipantIds)
        {
            ChangedAt = UpdatedAt,
        });
    }
}
