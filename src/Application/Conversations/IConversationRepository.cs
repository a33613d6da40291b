using CleanMessaging.Domain.Conversations;

namespace CleanMessaging.Application.Conversations;

/// <summary>The conversations as the commands need them.</summary>
public interface IConversationRepository
{
    /// <summary>The id of the conversation that two users have, or null.</summary>
    Task<Guid?> FindIdByPairAsync(Guid one, Guid other, CancellationToken cancellationToken);

    /// <summary>
    /// Loads a conversation to move a participant's read pointer, with that participant's row locked and the conversation's not.
    /// Null when there is none, or the user is not in it.
    /// </summary>
    Task<Conversation?> LoadForReadingAsync(Guid conversationId, Guid readerId, CancellationToken cancellationToken);

    void Add(Conversation conversation);
}
