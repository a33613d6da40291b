namespace CleanMessaging.Client;

/// <summary>A conversation as the signed-in user sees it.</summary>
/// <param name="LastMessage">The newest message that was visible when the server responded; null when there was none.</param>
/// <param name="UnreadCount">Number of the other participant's visible messages after the user's read pointer.</param>
/// <param name="LastSequence">The sequence of the newest message, expired or not; 0 when there was never a message.</param>
/// <param name="Revision">Increases by one with every visible change.</param>
/// <param name="DefaultExpirationHours">
/// The hours after which a message expires whose sender has not chosen otherwise; null for never.
/// </param>
public sealed record Conversation(
    Guid Id,
    IReadOnlyList<Participant> Participants,
    Message? LastMessage,
    int UnreadCount,
    long LastSequence,
    long Revision,
    DateTimeOffset CreatedAt,
    int? DefaultExpirationHours = null)
{
    /// <summary>
    /// The participant who last set or removed <see cref="DefaultExpirationHours"/>; null if no one did, and from a server of an earlier
    /// version.
    /// </summary>
    public Guid? DefaultExpirationSetBy { get; init; }

    /// <summary>What the user has done with the conversation for themselves.</summary>
    public PersonalState Personal
    {
        // A server of an earlier version does not send it.
        get => field ?? PersonalState.None;
        init;
    }

    /// <summary>Returns the participant other than the given user.</summary>
    /// <exception cref="InvalidOperationException">The conversation has no other participant.</exception>
    public Participant OtherThan(Guid userId) => Participants.First(participant => participant.UserId != userId);
}

/// <summary>A user in a conversation.</summary>
/// <param name="LastReadSequence">Everything up to and including it is read; 0 for nothing.</param>
/// <param name="IsDeactivated">Whether the user is deactivated. Messages to a deactivated user are rejected.</param>
/// <param name="AvatarId">The attachment with the user's picture; null if there is none.</param>
public sealed record Participant(
    Guid UserId, string DisplayName, UserRole Role, long LastReadSequence, bool IsDeactivated = false, Guid? AvatarId = null);

/// <summary>The result of starting a conversation: a new one, or the one that the two users already have.</summary>
/// <param name="Created">Whether the conversation is new. Points are charged only then.</param>
public sealed record StartedConversation(Conversation Conversation, bool Created);

/// <summary>The user's unread totals over all of their conversations.</summary>
/// <param name="Conversations">Number of conversations with unread messages, without archived ones.</param>
/// <param name="Messages">
/// Number of other users' visible messages after the user's read pointers, without archived conversations. The server counts at most 100
/// per conversation.
/// </param>
/// <param name="ArchivedConversations">Number of archived conversations with unread messages.</param>
/// <param name="ArchivedMessages">Number of unread messages in them.</param>
public sealed record UnreadTotals(int Conversations, int Messages, int ArchivedConversations = 0, int ArchivedMessages = 0);
