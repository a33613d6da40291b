namespace CleanMessaging.Client;

/// <summary>
/// Archives, mutes, pins, clears and deletes conversations for the user of a session, on all devices. The other participant is not
/// notified. The result is visible at once. The calls need a connection: they are not saved for later.
/// </summary>
public sealed class PersonalConversations
{
    private readonly PersonalSync _sync;

    internal PersonalConversations(PersonalSync sync) => _sync = sync;

    /// <summary>
    /// Moves a conversation to the user's archive. A newer message moves it back, unless it is archived forever.
    /// </summary>
    /// <param name="conversation">The conversation as the user saw it.</param>
    /// <inheritdoc cref="ConversationsClient.ArchiveAsync"/>
    public Task ArchiveAsync(Conversation conversation, bool forever = false, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(
            conversation.Id, api => api.ArchiveAsync(conversation.Id, conversation.LastSequence, forever, cancellationToken));

    /// <inheritdoc cref="ConversationsClient.UnarchiveAsync"/>
    public Task UnarchiveAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(conversationId, api => api.UnarchiveAsync(conversationId, cancellationToken));

    /// <inheritdoc cref="ConversationsClient.MuteAsync"/>
    public Task MuteAsync(Guid conversationId, DateTimeOffset? until = null, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(conversationId, api => api.MuteAsync(conversationId, until, cancellationToken));

    /// <inheritdoc cref="ConversationsClient.UnmuteAsync"/>
    public Task UnmuteAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(conversationId, api => api.UnmuteAsync(conversationId, cancellationToken));

    /// <inheritdoc cref="ConversationsClient.PinAsync"/>
    public Task PinAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(conversationId, api => api.PinAsync(conversationId, cancellationToken));

    /// <inheritdoc cref="ConversationsClient.UnpinAsync"/>
    public Task UnpinAsync(Guid conversationId, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(conversationId, api => api.UnpinAsync(conversationId, cancellationToken));

    /// <summary>Clears the messages of a conversation for the user. The other participant still sees them. It cannot be undone.</summary>
    /// <param name="conversation">The conversation as the user saw it; later messages stay.</param>
    /// <inheritdoc cref="ConversationsClient.ClearAsync"/>
    public Task ClearAsync(Conversation conversation, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(conversation.Id, api => api.ClearAsync(conversation.Id, conversation.LastSequence, cancellationToken));

    /// <summary>Deletes a conversation for the user: clears it, and takes it out of the list until the next message.</summary>
    /// <param name="conversation">The conversation as the user saw it; a later message keeps it in the list.</param>
    /// <inheritdoc cref="ConversationsClient.DeleteAsync"/>
    public Task DeleteAsync(Conversation conversation, CancellationToken cancellationToken = default) =>
        _sync.ChangeAsync(conversation.Id, api => api.DeleteAsync(conversation.Id, conversation.LastSequence, cancellationToken));
}
