namespace CleanMessaging.Client;

/// <summary>
/// A change in a <see cref="MessagingSession"/>. The session's properties already have the new state when it is reported.
/// </summary>
public abstract record SessionChange
{
    private protected SessionChange()
    {
    }

    /// <summary>The conversation concerned, if any.</summary>
    internal virtual Guid? About => null;
}

/// <summary>The state of the connection has changed.</summary>
public sealed record ConnectionChanged(ConnectionState State) : SessionChange;

/// <summary>A conversation in the list is new or has changed.</summary>
public sealed record ConversationChanged(Conversation Conversation) : SessionChange;

/// <summary>The list was loaded for the first time, was reordered, or has more conversations.</summary>
public sealed record ConversationsListed : SessionChange;

/// <summary>
/// The server has sent the state of a conversation after a change of it or of its messages, also if the conversation is not in the list.
/// <see cref="ConversationChanged"/> reports what has changed in the list. Messages that were requested earlier, such as
/// <see cref="MessageSearchPage.Hits"/>, may have changed; <see cref="MessagesClient.LookUpAsync"/> returns them as they are.
/// </summary>
public sealed record ConversationUpdated(Conversation Conversation) : SessionChange;

/// <summary>A message was added to an open conversation.</summary>
public sealed record MessageAdded(Message Message) : SessionChange
{
    internal override Guid? About => Message.ConversationId;
}

/// <summary>A message of an open conversation has changed.</summary>
public sealed record MessageChanged(Message Message) : SessionChange
{
    internal override Guid? About => Message.ConversationId;
}

/// <summary>
/// A user has set, replaced or removed a reaction to a message of an open conversation. Follows <see cref="MessageChanged"/>.
/// </summary>
/// <param name="UserId">The user who has reacted.</param>
/// <param name="Emoji">The user's current reaction; null if it was removed.</param>
public sealed record ReactionChanged(Message Message, Guid UserId, string? Emoji) : SessionChange
{
    internal override Guid? About => Message.ConversationId;
}

/// <summary>The default expiration of an open conversation's later messages has changed.</summary>
/// <param name="Hours">The new default; null for none.</param>
/// <param name="ByUserId">The participant who changed it; null if it is not known.</param>
public sealed record DefaultExpirationChanged(Guid ConversationId, int? Hours, Guid? ByUserId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>A message of an open conversation has expired.</summary>
public sealed record MessageExpired(Guid ConversationId, Guid MessageId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>The user has hidden or cleared a message of an open conversation, on any device.</summary>
public sealed record MessageHidden(Guid ConversationId, Guid MessageId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>A message of an open conversation was deleted for everyone.</summary>
public sealed record MessageDeleted(Guid ConversationId, DeletedMessage Deleted) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>
/// Messages of an open conversation that are not loaded were deleted or hidden, have expired, or expire earlier than before. Lists that
/// were requested earlier may have them: <see cref="ConversationTimeline.IsRemoved"/> and <see cref="ConversationTimeline.ExpirationOf"/>
/// return their state.
/// </summary>
public sealed record UnloadedMessagesChanged(Guid ConversationId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>
/// Messages that replies in an open conversation refer to were found, have changed, or are no longer available, without being loaded.
/// </summary>
public sealed record QuotesChanged(Guid ConversationId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>
/// An open conversation was loaded or reloaded: for the first time, with more messages, or because too many changes were missed.
/// </summary>
public sealed record TimelineLoaded(Guid ConversationId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>An open conversation cannot be read, or can no longer be read.</summary>
public sealed record TimelineFailed(Guid ConversationId, MessagingException Reason) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>A participant's read pointer in an open conversation has advanced.</summary>
/// <param name="LastReadSequence">All messages up to and including this sequence are read.</param>
public sealed record ReadAdvanced(Guid ConversationId, Guid UserId, long LastReadSequence) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>The set of typing participants of a conversation, open or not, has changed.</summary>
public sealed record TypingChanged(Guid ConversationId, IReadOnlyList<Guid> UserIds) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>A message in the send queue, or a change of an earlier message, was saved, sent, rejected or discarded.</summary>
public sealed record SendQueueChanged(QueuedMessage Message, QueuedMessageState State) : SessionChange
{
    internal override Guid? About => Message.ConversationId;
}

/// <summary>Free messages, price or balance have changed.</summary>
public sealed record QuotaChanged(Quota Quota) : SessionChange;

/// <summary>The server's rules for changes of messages and for reactions are known, or have changed.</summary>
public sealed record RulesChanged(MessageRules Rules) : SessionChange;

/// <summary>The unread totals have changed.</summary>
public sealed record UnreadChanged(UnreadTotals Totals) : SessionChange;
