namespace CleanMessaging.Client;

/// <summary>Sends the entries of the send queue to the server, and raises an event with each result.</summary>
internal sealed class SendQueueCalls(MessagesClient api)
{
    /// <summary>Raised when the server has accepted a message, before it is removed from the queue.</summary>
    public event Action<SentMessage>? Sent;

    /// <summary>Raised when the server has accepted an edit, before it is removed from the queue.</summary>
    public event Action<Message>? Edited;

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
            case { Content: { } content } edit:
                var edited = await api.EditAsync(edit.MessageId, content, edit.Version, cancellationToken).ConfigureAwait(false);
                Edited?.Invoke(edited);

                return edited;
            case { } deletion:
                await DeleteAsync(entry.ConversationId, deletion.MessageId, cancellationToken).ConfigureAwait(false);

                return null;
            default:
                var sent = await api.SendAsync(
                    entry.ConversationId,
                    entry.Content,
                    entry.ClientMessageId,
                    entry.ExpirationHours,
                    entry.MaxPoints,
                    entry.ReplyToSequence,
                    cancellationToken).ConfigureAwait(false);
                Sent?.Invoke(sent);

                return null;
        }
    }

    private async Task DeleteAsync(Guid conversationId, Guid messageId, CancellationToken cancellationToken)
    {
        try
        {
            Deleted?.Invoke(conversationId, await api.DeleteAsync(messageId, cancellationToken).ConfigureAwait(false));
        }
        catch (NotFoundException)
        {
            // The message has expired, so that no one sees it any more.
        }
    }
}
