using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Application.Conversations;

/// <summary>Loads and stores conversations for the commands.</summary>
public interface IConversationRepository
{
    /// <summary>Returns the id of the conversation between two users, or null.</summary>
    Task<Guid?> FindIdByPairAsync(Guid one, Guid other, CancellationToken cancellationToken);

    /// <summary>
    /// Loads a conversation to move a participant's read pointer. Locks the participant's row but not the conversation's.
    /// Returns null if the conversation does not exist or the user is not a participant.
    /// </summary>
    /// <param name="messageIds">The messages up to the newest of which the pointer moves; null for the end of the conversation.</param>
    /// <param name="now">The instant at which a received message must be visible to count.</param>
    Task<ConversationToMarkRead?> LoadToMarkReadAsync(
        ConversationId conversationId,
        UserId readerId,
        IReadOnlyList<Guid>? messageIds,
        DateTimeOffset now,
        CancellationToken cancellationToken);

    /// <summary>
    /// Loads a conversation to change a user's personal state. Locks the participant's row but not the conversation's.
    /// Returns null if the conversation does not exist or the user is not a participant.
    /// </summary>
    Task<Conversation?> LoadForUserAsync(ConversationId conversationId, UserId userId, CancellationToken cancellationToken);

    /// <summary>Loads a conversation, as <see cref="LoadForUserAsync"/> does, to hide messages for a user.</summary>
    Task<ConversationToHide?> LoadToHideAsync(
        ConversationId conversationId, UserId userId, IReadOnlyList<Guid> messageIds, CancellationToken cancellationToken);

    /// <summary>
    /// Loads a conversation, as <see cref="LoadForUserAsync"/> does, to pin it. Locks the user first, because the number of pinned
    /// conversations is limited for each user.
    /// </summary>
    Task<ConversationToPin?> LoadToPinAsync(ConversationId conversationId, UserId userId, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the records of the messages that a user has hidden, up to a sequence, because the user clears these messages.
    /// Returns their number.
    /// </summary>
    Task<int> RemoveHiddenAsync(
        ConversationId conversationId, UserId userId, long throughSequence, CancellationToken cancellationToken);

    /// <summary>
    /// Loads a conversation to change it, without its participants. Locks its row, so that changes and sends are numbered one after the
    /// other. Returns null if it does not exist or the user is not a participant.
    /// </summary>
    Task<Conversation?> LoadToChangeAsync(ConversationId conversationId, UserId userId, CancellationToken cancellationToken);

    void Add(Conversation conversation);
}

/// <param name="Target">Where the pointer is to be moved; null if the conversation does not have all of the given messages.</param>
public sealed record ConversationToMarkRead(Conversation Conversation, MarkReadTarget? Target);

/// <param name="Sequence">The newest of the given messages, or the last of the conversation.</param>
/// <param name="Received">
/// The number of messages of the other participant, from the present pointer up to <paramref name="Sequence"/>, that the reader sees.
/// </param>
public sealed record MarkReadTarget(long Sequence, int Received);

/// <param name="Sequences">
/// Those of the given messages that the user has neither hidden nor cleared; null if the conversation does not have all of them.
/// </param>
public sealed record ConversationToHide(Conversation Conversation, IReadOnlyCollection<long>? Sequences);

/// <param name="OthersPinned">The number of other conversations that the user has pinned.</param>
public sealed record ConversationToPin(Conversation Conversation, int OthersPinned);
