namespace CleanMessaging.Client;

/// <summary>A conversation as the signed-in user sees it.</summary>
/// <param name="LastMessage">The newest message that was visible when this was told; null when there was none.</param>
/// <param name="UnreadCount">The other's visible messages after the user's read pointer.</param>
/// <param name="LastSequence">Of the newest message, expired or not; 0 when nothing has been said.</param>
/// <param name="Revision">Goes up by one with every visible change.</param>
public sealed record Conversation(
    Guid Id,
    IReadOnlyList<Participant> Participants,
    Message? LastMessage,
    int UnreadCount,
    long LastSequence,
    long Revision,
    DateTimeOffset CreatedAt)
{
    /// <summary>Whoever the given user talks to here.</summary>
    /// <exception cref="InvalidOperationException">There is nobody else in the conversation.</exception>
    public Participant OtherThan(Guid userId) => Participants.First(participant => participant.UserId != userId);
}

/// <summary>A user in a conversation.</summary>
/// <param name="LastReadSequence">Everything up to and including it is read; 0 for nothing.</param>
/// <param name="IsDeactivated">Whether the user is deactivated, and so cannot be written to.</param>
public sealed record Participant(Guid UserId, string DisplayName, UserRole Role, long LastReadSequence, bool IsDeactivated = false);

/// <summary>A conversation that was asked for: a new one, or the one that the two had.</summary>
/// <param name="Created">Whether it is new; only then anything was charged.</param>
public sealed record StartedConversation(Conversation Conversation, bool Created);

/// <summary>How much the user has not read, over all of their conversations.</summary>
/// <param name="Conversations">Conversations with unread messages.</param>
/// <param name="Messages">Others' visible messages after the user's read pointers. The server counts 100 of each conversation at most.</param>
public sealed record UnreadTotals(int Conversations, int Messages);
