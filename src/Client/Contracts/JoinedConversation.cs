namespace CleanMessaging.Client;

/// <summary>
/// The current state of a conversation, and its changes since a revision. A server of an earlier version does not send the members that are
/// not positional.
/// </summary>
/// <param name="LastSequence">The sequence of the newest message, expired or not.</param>
/// <param name="Revision">The current revision. Every change up to it is in the response or has expired.</param>
/// <param name="Recovered">
/// Whether <paramref name="Messages"/> and <see cref="Deleted"/> have all changes since the requested revision. False when there are more
/// than 500 (5000 over all conversations of one synchronization), or when the conversation never had that revision; fetch the pages
/// instead. Null when no revision was requested. A partial list is never returned.
/// </param>
/// <param name="Messages">The changed messages that are visible, in the order of the changes.</param>
/// <param name="ServerTime">The server's clock.</param>
public sealed record JoinedConversation(
    Guid ConversationId,
    long LastSequence,
    long Revision,
    int UnreadCount,
    IReadOnlyList<Participant> Participants,
    bool? Recovered,
    IReadOnlyList<Message> Messages,
    DateTimeOffset ServerTime)
{
    /// <summary>The other participants who are typing; null if the server does not send them.</summary>
    public IReadOnlyList<TypingUser>? Typing { get; init; }

    /// <summary>What the user has done with the conversation for themselves.</summary>
    public PersonalState Personal
    {
        get => field ?? PersonalState.None;
        init;
    }

    /// <summary>
    /// The sequences of the messages that the user has hidden since the requested personal revision; null if they were not requested.
    /// </summary>
    public IReadOnlyList<long>? Hidden { get; init; }

    /// <summary>The hours after which a message expires whose sender has not chosen otherwise; null for never.</summary>
    public int? DefaultExpirationHours { get; init; }

    /// <inheritdoc cref="Conversation.DefaultExpirationSetBy"/>
    public Guid? DefaultExpirationSetBy { get; init; }

    /// <summary>The sequences of messages whose expiry was moved earlier since the requested revision, and which have expired.</summary>
    public IReadOnlyList<long> Expired
    {
        get => field ?? [];
        init;
    }

    /// <summary>The messages that were deleted since the requested revision.</summary>
    public IReadOnlyList<DeletedMessage> Deleted
    {
        get => field ?? [];
        init;
    }
}

/// <summary>A conversation and the revision that a client has of it.</summary>
/// <param name="SinceRevision">The last revision that the client has; 0 for none.</param>
/// <param name="SincePersonalRevision">The last personal revision that the client has; null to get no hidden messages.</param>
public sealed record KnownConversation(Guid ConversationId, long SinceRevision, long? SincePersonalRevision = null);

/// <summary>The changes of several conversations, read from one snapshot.</summary>
/// <param name="Conversations">The requested conversations, in the order of the request.</param>
/// <param name="Inaccessible">The requested conversations that do not exist or that the user does not participate in.</param>
/// <param name="Quota">Free messages, price and balance.</param>
/// <param name="ServerTime">The server's clock.</param>
public sealed record SyncedConversations(
    IReadOnlyList<JoinedConversation> Conversations, IReadOnlyList<Guid> Inaccessible, Quota Quota, DateTimeOffset ServerTime);
