namespace CleanMessaging.Client;

/// <content>The changes of messages.</content>
public sealed partial class ConversationTimeline
{
    /// <summary>
    /// Saves a new text for one of the user's messages, and replaces the text in the background, with retries. The edit is in
    /// <see cref="UnsentChanges"/> until the server accepts it.
    /// </summary>
    /// <param name="message">The message as the user saw it. If there is a newer version on the server, the edit is rejected.</param>
    /// <param name="content">1 to 5000 characters (Unicode code points), sent verbatim.</param>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<QueuedMessage> EditAsync(Message message, string content, CancellationToken cancellationToken = default) =>
        EditAsync(message, content, replacesNewerText: false, cancellationToken);

    /// <inheritdoc cref="EditAsync(Message, string, CancellationToken)"/>
    /// <param name="replacesNewerText">
    /// Whether the user has seen the text of <paramref name="message"/> and replaces it, although an edit of an earlier version waits to be
    /// sent. If false, the edit keeps that earlier version, so that no text is replaced that the user has not seen.
    /// </param>
    public Task<QueuedMessage> EditAsync(
        Message message, string content, bool replacesNewerText, CancellationToken cancellationToken = default) =>
        _session.ChangeAsync(
            ConversationId, new QueuedChange(message.Id, message.Version, content), replacesNewerText, cancellationToken);

    /// <summary>
    /// Replaces the text of a new message in <see cref="Unsent"/> that was never attempted (<see cref="QueuedMessage.NeverAttempted"/>). If
    /// an attempt has begun, the message can be edited once the server has accepted it.
    /// </summary>
    /// <param name="content">1 to 5000 characters (Unicode code points), sent verbatim.</param>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<UnsentChangeResult> EditUnsentAsync(QueuedMessage message, string content, CancellationToken cancellationToken = default) =>
        _session.EditUnsentAsync(message.ClientMessageId, content, cancellationToken);

    /// <summary>
    /// Discards a new message in <see cref="Unsent"/> that was never attempted, so that it is not sent. If an attempt has begun, the server
    /// may have the message, and it is sent.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<UnsentChangeResult> WithdrawAsync(QueuedMessage message, CancellationToken cancellationToken = default) =>
        _session.WithdrawAsync(message.ClientMessageId, cancellationToken);

    /// <summary>
    /// Saves the deletion of one of the user's messages, and deletes the message for everyone in the background, with retries. The deletion
    /// is in <see cref="UnsentChanges"/> until the server accepts it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<QueuedMessage> DeleteMessageAsync(Message message, CancellationToken cancellationToken = default) =>
        ChangeAsync(new QueuedChange(message.Id, message.Version, Content: null), cancellationToken);

    /// <summary>
    /// Saves the user's reaction to a message of either participant, and sets it in the background, with retries. It replaces the user's
    /// earlier reaction, also one that is not sent yet. It is in <see cref="UnsentChanges"/> until the server accepts it.
    /// </summary>
    /// <param name="emoji">Exactly one emoji.</param>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<QueuedMessage> ReactAsync(Message message, string emoji, CancellationToken cancellationToken = default) =>
        ChangeAsync(QueuedChange.OfReaction(message, emoji), cancellationToken);

    /// <summary>Saves the removal of the user's reaction to a message, and removes it in the background, with retries.</summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<QueuedMessage> UnreactAsync(Message message, CancellationToken cancellationToken = default) =>
        ChangeAsync(QueuedChange.OfReaction(message, emoji: null), cancellationToken);

    /// <summary>Lets one of the user's messages expire earlier. It is a single attempt, because the hours count from now.</summary>
    /// <inheritdoc cref="MessagesClient.ExpireSoonerAsync"/>
    public Task ExpireSoonerAsync(Message message, int expirationHours, CancellationToken cancellationToken = default) =>
        _session.Expiration.ExpireSoonerAsync(message.Id, expirationHours, cancellationToken);

    /// <summary>Sets or removes the default expiration of later messages. It is a single attempt.</summary>
    /// <inheritdoc cref="ConversationsClient.SetExpirationAsync"/>
    public Task SetExpirationAsync(int? expirationHours, CancellationToken cancellationToken = default) =>
        _session.Expiration.SetDefaultAsync(ConversationId, expirationHours, cancellationToken);

    /// <summary>Requests the texts that a message had and the current one, oldest first.</summary>
    /// <inheritdoc cref="MessagesClient.GetVersionsAsync"/>
    public Task<IReadOnlyList<MessageVersion>> GetVersionsAsync(Message message, CancellationToken cancellationToken = default) =>
        _session.Messages.GetVersionsAsync(message.Id, cancellationToken);

    /// <summary>Hides messages for the user, on all devices. The other participant still sees them. It cannot be undone.</summary>
    /// <param name="messages">1 to 100 messages.</param>
    /// <inheritdoc cref="MessagesClient.HideAsync"/>
    public Task HideAsync(IReadOnlyList<Message> messages, CancellationToken cancellationToken = default) =>
        _session.Personal.HideAsync(ConversationId, messages, cancellationToken);

    private Task<QueuedMessage> ChangeAsync(QueuedChange change, CancellationToken cancellationToken) =>
        _session.ChangeAsync(ConversationId, change, replacesNewerText: false, cancellationToken);
}
