namespace CleanMessaging.Client;

/// <summary>Sends the entries of the send queue to the server, and raises an event with each result.</summary>
internal sealed class SendQueueCalls(MessagesClient api)
{
    /// <summary>Raised when the server has accepted a message, before it is removed from the queue.</summary>
    public event Action<SentMessage>? Sent;

    /// <summary>
    /// Raised with the changed message when the server has accepted an edit or a reaction, before it is removed from the queue.
    /// </summary>
    public event Action<Message>? Changed;

    /// <summary>
    /// Raised with the conversation when the server has deleted a message, before the deletion is removed from the queue.
    /// </summary>
    public event Action<Guid, DeletedMessage>? Deleted;

    /// <summary>Sends a message, or makes a change. Returns the edited message after an edit; null otherwise.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public async Task<Message?> RunAsync(QueuedMessage entry, CancellationToken cancellationToken)
    {
        switch (entry.Change)
        {
            case { Reaction: { } reaction } change:
                await ReactAsync(change.MessageId, reaction.Emoji, cancellationToken).ConfigureAwait(false);

                return null;
            case { Content: { } content } edit:
                var edited = await api.EditAsync(edit.MessageId, content, edit.Version, cancellationToken).ConfigureAwait(false);
                Changed?.Invoke(edited);

                return edited;
            case { } deletion:
                await DeleteAsync(entry.ConversationId, deletion.MessageId, cancellationToken).ConfigureAwait(false);

                return null;
            default:
                var sent = await SendAsync(entry, cancellationToken).ConfigureAwait(false);
                Sent?.Invoke(sent);

                return null;
        }
    }

    private async Task<SentMessage> SendAsync(QueuedMessage entry, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(entry, entry.NeverExpires, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidRequestException) when (entry.NeverExpires)
        {
            // During an upgrade, any server can be one of an earlier version. It rejects the unknown member, and has no default either.
            return await SendAsync(entry, neverExpires: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<SentMessage> SendAsync(QueuedMessage entry, bool neverExpires, CancellationToken cancellationToken) => api.SendAsync(
        entry.ConversationId,
        entry.Content,
        entry.ClientMessageId,
        entry.ExpirationHours,
        entry.MaxPoints,
        neverExpires,
        entry.ReplyToSequence,
        [.. entry.Attachments.Select(attachment => attachment.Id)],
        cancellationToken);

    private async Task ReactAsync(Guid messageId, string? emoji, CancellationToken cancellationToken)
    {
        try
        {
            var changed = emoji is null
                ? await api.UnreactAsync(messageId, cancellationToken).ConfigureAwait(false)
                : await api.ReactAsync(messageId, emoji, cancellationToken).ConfigureAwait(false);
            Changed?.Invoke(changed);
        }
        catch (NotFoundException)
        {
            // The message has expired or was deleted, and its reactions with it.
        }
    }

    private async Task DeleteAsync(Guid conversationId, Guid messageId, CancellationToken cancellationToken)
    {
        try
        {
            var deleted = await api.DeleteAsync(messageId, cancellationToken).ConfigureAwait(false);
            Deleted?.Invoke(conversationId, deleted);
        }
        catch (NotFoundException)
        {
            // The message has expired, so that no one sees it any more.
        }
    }
}
