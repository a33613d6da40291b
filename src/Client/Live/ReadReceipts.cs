using System.Collections.Concurrent;

namespace CleanMessaging.Client;

/// <summary>
/// Sends the user's read pointers to the server, and retries until the server has them. Only the latest of a conversation is sent.
/// Thread-safe.
/// </summary>
/// <param name="onAccepted">Called with the conversation and the user's read pointer after the server has accepted it.</param>
internal sealed class ReadReceipts(MessagesClient messages, SyncScheduler scheduler, Action<Guid, long> onAccepted)
{
    private readonly ConcurrentDictionary<Guid, PendingReadReceipt> _pending = new();

    /// <summary>
    /// Marks the messages up to the given one as read. Returns before the server has accepted it if the server cannot be reached.
    /// </summary>
    /// <exception cref="MessagingException">The server rejected the request.</exception>
    public async Task MarkReadAsync(Message upTo, CancellationToken cancellationToken)
    {
        var receipt = new PendingReadReceipt(upTo.Sequence, upTo.Id);
        if (
            _pending.AddOrUpdate(
                upTo.ConversationId, receipt, (_, known) => known.Sequence < receipt.Sequence ? receipt : known) != receipt)
        {
            return;
        }

        try
        {
            await SendAsync(upTo.ConversationId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or MessagingException { IsTransient: true })
        {
            scheduler.Request(new SyncTask.ReadReceipt(upTo.ConversationId), TimeSpan.Zero);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Sends the pending read pointer of a conversation, if there is one.</summary>
    public async Task SendAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        if (!_pending.TryGetValue(conversationId, out var receipt))
            return;

        try
        {
            var marked = await messages.MarkReadAsync(conversationId, [receipt.MessageId], cancellationToken).ConfigureAwait(false);
            onAccepted(conversationId, marked.LastReadSequence);
        }
        catch (MessagingException exception) when (!exception.IsTransient && exception is not SignedOutException)
        {
            _pending.TryRemove(KeyValuePair.Create(conversationId, receipt));
            throw;
        }

        _pending.TryRemove(KeyValuePair.Create(conversationId, receipt));
    }

    /// <param name="MessageId">The message up to which the user has read.</param>
    private sealed record PendingReadReceipt(long Sequence, Guid MessageId);
}
