namespace CleanMessaging.Client;

/// <summary>
/// Changes when messages expire, with calls that are not repeated: their hours count from the moment at which the server receives them.
/// </summary>
internal sealed class ExpirationChanges(MessagesClient messages, ConversationsClient conversations, LiveEvents events)
{
    /// <summary>Sets or removes the default of a conversation's later messages.</summary>
    public async Task SetDefaultAsync(Guid conversationId, int? expirationHours, CancellationToken cancellationToken)
    {
        var changed = await conversations.SetExpirationAsync(conversationId, expirationHours, cancellationToken).ConfigureAwait(false);
        events.OnConversationReceived(changed);
    }

    /// <summary>Lets a message expire earlier.</summary>
    public async Task ExpireSoonerAsync(Guid messageId, int expirationHours, CancellationToken cancellationToken)
    {
        var changed = await messages.ExpireSoonerAsync(messageId, expirationHours, cancellationToken).ConfigureAwait(false);
        events.OnMessageChanged(changed, []);
    }
}
