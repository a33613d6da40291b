namespace CleanMessaging.Client;

/// <summary>Where a conversation stands, and what happened in it since a revision.</summary>
/// <param name="LastSequence">Of the newest message, expired or not.</param>
/// <param name="Revision">Everything up to it is in the answer, or has expired.</param>
/// <param name="Recovered">
/// Whether <paramref name="Messages"/> is all that happened since the revision asked for: never a part of it. False when that was more
/// than 500 changes (5000 over all conversations of one synchronization), or the conversation never had that revision: fetch the pages
/// instead. Null when nothing was asked for.
/// </param>
/// <param name="Messages">What changed and is visible, in the order of the changes.</param>
/// <param name="ServerTime">The server's clock.</param>
public sealed record JoinedConversation(
    Guid ConversationId,
    long LastSequence,
    long Revision,
    int UnreadCount,
    IReadOnlyList<Participant> Participants,
    bool? Recovered,
    IReadOnlyList<Message> Messages,
    DateTimeOffset ServerTime);

/// <summary>A conversation, and how much of it a client has.</summary>
/// <param name="SinceRevision">The last revision that the client has; 0 for nothing.</param>
public sealed record KnownConversation(Guid ConversationId, long SinceRevision);

/// <summary>What was missed in many conversations, all of one moment.</summary>
/// <param name="Conversations">Those asked for, in that order.</param>
/// <param name="Inaccessible">Those asked for that do not exist, or not for this user.</param>
/// <param name="Quota">Free messages, price and balance.</param>
/// <param name="ServerTime">The server's clock.</param>
public sealed record SyncedConversations(
    IReadOnlyList<JoinedConversation> Conversations, IReadOnlyList<Guid> Inaccessible, Quota Quota, DateTimeOffset ServerTime);
