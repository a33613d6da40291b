namespace CleanMessaging.Client;

/// <summary>Something that has changed in a <see cref="MessagingSession"/>; what it shows was changed before this is told.</summary>
public abstract record SessionChange
{
    private protected SessionChange()
    {
    }

    /// <summary>The conversation that it is about, if it is about one.</summary>
    internal virtual Guid? About => null;
}

/// <summary>The session stands otherwise with the server.</summary>
public sealed record ConnectionChanged(ConnectionState State) : SessionChange;

/// <summary>The list has a conversation that is new, or otherwise than before.</summary>
public sealed record ConversationChanged(Conversation Conversation) : SessionChange;

/// <summary>The list was read for the first time, has another order, or more conversations.</summary>
public sealed record ConversationsListed : SessionChange;

/// <summary>An open conversation has a message that it did not have.</summary>
public sealed record MessageAdded(Message Message) : SessionChange
{
    internal override Guid? About => Message.ConversationId;
}

/// <summary>A message of an open conversation is otherwise than before.</summary>
public sealed record MessageChanged(Message Message) : SessionChange
{
    internal override Guid? About => Message.ConversationId;
}

/// <summary>A message of an open conversation is gone.</summary>
public sealed record MessageExpired(Guid ConversationId, Guid MessageId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>An open conversation was read anew: loaded for the first time, earlier messages were added, or too much had been missed.</summary>
public sealed record TimelineLoaded(Guid ConversationId) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>An open conversation cannot be read any more, or never could.</summary>
public sealed record TimelineFailed(Guid ConversationId, MessagingException Reason) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>A participant of an open conversation has read on.</summary>
/// <param name="LastReadSequence">Everything up to and including it is read.</param>
public sealed record ReadAdvanced(Guid ConversationId, Guid UserId, long LastReadSequence) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>Who is typing in an open conversation has changed.</summary>
public sealed record TypingChanged(Guid ConversationId, IReadOnlyList<Guid> UserIds) : SessionChange
{
    internal override Guid? About => ConversationId;
}

/// <summary>A message on its way has been saved, sent, rejected or given up.</summary>
public sealed record OutboxChanged(OutboxMessage Message, OutboxState State) : SessionChange
{
    internal override Guid? About => Message.ConversationId;
}

/// <summary>Free messages, price or balance have changed.</summary>
public sealed record QuotaChanged(Quota Quota) : SessionChange;

/// <summary>How much the user has not read has changed.</summary>
public sealed record UnreadChanged(UnreadTotals Totals) : SessionChange;
