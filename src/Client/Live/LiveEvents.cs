namespace CleanMessaging.Client;

/// <summary>Applies the hub's events to the open conversations, the list, the quota and the send queue.</summary>
internal sealed class LiveEvents(
    Guid userId,
    OpenConversations open,
    ConversationSync sync,
    ListSync list,
    TypingSync typing,
    QuotaSync quota,
    SendQueue queue,
    ServerClock clock)
{
    /// <summary>Applies a message from an event or from the response to a send.</summary>
    public void OnMessageReceived(Message message)
    {
        if (message.SenderId == userId)
        {
            quota.RequestSoon();
            if (message.ClientMessageId is { } clientMessageId)
                _ = queue.AcknowledgeAsync(clientMessageId);
        }

        // First ends the indicator of the sender, so that it is never shown next to the message.
        typing.OnMessage(message);
        Apply(message.ConversationId, new MessageReceived(message, clock.Now));
    }

    /// <summary>Applies a changed message from an event or from the response to an edit or a reaction.</summary>
    /// <param name="revisions">The changes that the message includes.</param>
    public void OnMessageChanged(Message message, IReadOnlyList<long> revisions) =>
        Apply(message.ConversationId, new MessageReceived(message, clock.Now) { Revisions = revisions });

    /// <summary>Applies a deletion from an event or from the response to it.</summary>
    public void OnMessageDeleted(Guid conversationId, DeletedMessage deleted)
    {
        list.RemovePreview(conversationId, deleted);
        Apply(conversationId, new DeletionReceived(deleted));
    }

    /// <summary>Applies the user's personal state of a conversation. Requests the hidden messages if earlier ones may be missing.</summary>
    public void OnPersonalChanged(PersonalChangedEvent received)
    {
        if (open.Find(received.ConversationId) is not { } timeline)
            return;

        timeline.Store.Apply(new PersonalStateReceived(received.Personal, received.SincePersonalRevision, received.Hidden));
        sync.CheckPersonalRevision(timeline, received.Personal.Revision);
    }

    public void OnExpirationChanged(ExpirationChangedEvent received) =>
        Apply(
            received.ConversationId,
            new ExpirationChangeReceived(received.Revision, received.DefaultExpirationHours, received.ByUserId));

    public void OnRead(ReadEvent received) =>
        Apply(received.ConversationId, new ReadReceived(received.UserId, received.LastReadSequence), received.Revision);

    public void OnTyping(TypingEvent received)
    {
        typing.OnTyping(received);
        if (open.Find(received.ConversationId) is { } timeline)
            sync.CheckRevision(timeline, received.Revision);
    }

    /// <summary>Applies a conversation from an event, or one that was requested.</summary>
    public void OnConversationReceived(Conversation conversation)
    {
        list.Update(conversation);
        OnConversationListed(conversation);
    }

    /// <summary>
    /// Ends the typing indicator of the last message's sender. Requests the missing changes of an open conversation if the list has a newer
    /// revision of it. Detects a lost event.
    /// </summary>
    public void OnConversationListed(Conversation conversation)
    {
        Apply(conversation.Id, new ConversationReceived(conversation), conversation.Revision);
        if (open.Find(conversation.Id) is { } timeline)
            sync.CheckPersonalRevision(timeline, conversation.Personal.Revision);
        if (conversation.LastMessage is { } message)
            typing.OnMessage(message);
    }

    private void Apply(Guid conversationId, ConversationChange change)
    {
        if (open.Find(conversationId) is not { } timeline)
            return;

        timeline.Store.Apply(change);
        sync.CheckForGap(timeline);
    }

    private void Apply(Guid conversationId, ConversationChange change, long revision)
    {
        if (open.Find(conversationId) is not { } timeline)
            return;

        timeline.Store.Apply(change);
        sync.CheckRevision(timeline, revision);
    }
}
