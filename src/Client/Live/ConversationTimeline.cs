namespace CleanMessaging.Client;

/// <summary>
/// An open conversation, synchronized with the server: a range of its messages (usually the newest) in order and without duplicates, the
/// unsent messages, the read pointers, and who is typing. The state is always consistent; <see cref="Changed"/> is raised after each
/// change.
/// </summary>
public sealed partial class ConversationTimeline : IAsyncDisposable
{
    private readonly SessionCore _session;
    private readonly TypingNotice _typingNotice;
    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly PageLoader _pages;
    private readonly MessageReader _reader;

    internal ConversationTimeline(SessionCore session, Guid conversationId, TimelineStart start)
    {
        _session = session;
        ConversationId = conversationId;
        Start = start;
        Store = new TimelineStore(conversationId, session.Publish);
        Opening = new OpeningPage(session.Messages, conversationId, session.User.Id, session.Options.PageSize);
        _typingNotice = new TypingNotice(session.Clock, isTyping => _ = session.NotifyTypingAsync(conversationId, isTyping));
        _pages = new PageLoader(Store, Opening, GetAsync, _loading, session.ServerClock, () => session.CheckForGap(this));
        _reader = new MessageReader(Store, GetAsync, session.ServerClock, session.Clock, session.Backoff);
    }

    /// <summary>Raised when any property has changed, including <see cref="Unsent"/>.</summary>
    public event Action? Changed;

    /// <summary>The id of the conversation.</summary>
    public Guid ConversationId { get; }

    /// <summary>The loaded messages that are visible, oldest first.</summary>
    public IReadOnlyList<Message> Messages => State.Messages;

    /// <summary>The user's new messages that the server has not accepted yet or has rejected, in the order of the queue.</summary>
    public IReadOnlyList<QueuedMessage> Unsent
    {
        get
        {
            if (_session.Queue.Of(ConversationId) is not { Count: > 0 } unsent)
                return [];

            var known = State.Messages.Select(message => message.ClientMessageId).ToHashSet();

            return [.. unsent.Where(message => message.Change is null && !known.Contains(message.ClientMessageId))];
        }
    }

    /// <summary>The user's edits, deletions and reactions that the server has not accepted yet or has rejected, in that order.</summary>
    public IReadOnlyList<QueuedMessage> UnsentChanges =>
        [.. _session.Queue.Of(ConversationId).Where(message => message.Change is not null)];

    /// <summary>The messages in the loaded range that were deleted for everyone, oldest first.</summary>
    public IReadOnlyList<DeletedMessage> Deleted => [.. State.Deletions.Values.Select(deletion => deletion.Message)];

    /// <summary>The participants; empty until they are known.</summary>
    public IReadOnlyList<Participant> Participants => State.Participants;

    /// <summary>The hours after which a message expires whose sender has not chosen otherwise; null for never.</summary>
    public int? DefaultExpirationHours => State.Expiration.Hours;

    /// <inheritdoc cref="Conversation.DefaultExpirationSetBy"/>
    public Guid? DefaultExpirationSetBy => State.Expiration.SetBy;

    /// <summary>
    /// Whether the conversation was loaded from the server. Before that, only unsent messages and live events are available.
    /// </summary>
    public bool IsLoaded => State is { IsLoaded: true, Failure: null };

    /// <summary>Why the conversation cannot be read, for example <c>conversation.not_found</c>; null if there is no error.</summary>
    public MessagingException? Failure => State.Failure;

    /// <summary>Whether there are messages before the loaded ones.</summary>
    public bool HasEarlier => State.HasEarlier;

    /// <summary>
    /// Whether there are messages after the loaded ones. In that case, a new message is not added until <see cref="LoadLaterAsync"/> has
    /// reached it, or <see cref="LoadNewestAsync"/> was called.
    /// </summary>
    public bool HasLater => State.HasLater;

    /// <summary>
    /// The sequence from which all visible messages are loaded, up to the newest one or to the end of the range if <see cref="HasLater"/>
    /// is true. 0 when the beginning of the conversation is loaded.
    /// </summary>
    public long LoadedFromSequence => State.LoadedFromSequence;

    /// <summary>The other participants who are typing.</summary>
    public IReadOnlyList<Guid> TypingUsers => _session.Typing.UsersIn(ConversationId);

    /// <summary>The other participant's read pointer: all messages up to and including this sequence are read.</summary>
    public long ReadByOtherSequence => State.ReadByOthersThan(_session.User.Id);

    /// <summary>Whether the other participant has read a message.</summary>
    public bool IsRead(Message message) => message.IsRead || message.Sequence <= State.ReadByOthersThan(message.SenderId);

    /// <summary>
    /// Whether a message is known to have expired, or to be deleted or hidden. Changes of messages that are not loaded are known since the
    /// conversation was opened.
    /// </summary>
    /// <param name="sequence">The sequence of any message of the conversation.</param>
    public bool IsRemoved(long sequence) => State.IsRemoved(sequence, _session.ServerClock.Now);

    /// <summary>
    /// Returns when a message expires that is loaded, or that has changed since the conversation was opened; null for never, or if that is
    /// not known.
    /// </summary>
    public DateTimeOffset? ExpirationOf(long sequence) => State.ExpirationOf(sequence);

    /// <summary>The user's own read pointer.</summary>
    public long LastReadSequence => State.ReadBy(_session.User.Id);

    /// <summary>Waits until the conversation is loaded for the first time.</summary>
    /// <exception cref="MessagingException">The conversation cannot be read.</exception>
    /// <exception cref="OperationCanceledException">
    /// The conversation was closed first, or <paramref name="cancellationToken"/> was canceled.
    /// </exception>
    public Task WaitUntilLoadedAsync(CancellationToken cancellationToken = default) => Store.Loaded.WaitAsync(cancellationToken);

    /// <summary>
    /// Saves a message and sends it in the background, with retries. It is in <see cref="Unsent"/> until the server accepts it.
    /// </summary>
    /// <inheritdoc cref="MessagingSession.SendAsync"/>
    /// <param name="attachments">
    /// Uploaded files to send with the message, at most 10 and each once, or one voice message; null for none. With them, the text may be
    /// empty. <see cref="AttachmentsClient.UploadAsync"/> returns them.
    /// </param>
    public Task<QueuedMessage> SendAsync(
        string content,
        int? expirationHours = null,
        long? maxPoints = null,
        bool neverExpires = false,
        long? replyToSequence = null,
        IReadOnlyList<MessageAttachment>? attachments = null,
        CancellationToken cancellationToken = default)
    {
        _typingNotice.Forget();

        return _session.SendAsync(
            ConversationId,
            new NewMessage(content, expirationHours, maxPoints, neverExpires, replyToSequence, attachments),
            cancellationToken);
    }

    /// <summary>
    /// Returns the message that a reply refers to, as it is now; null if the message is not a reply. If it is not known, the session
    /// requests it, and <see cref="QuotesChanged"/> reports the result. Call it again after each change: a quote can expire or be deleted.
    /// </summary>
    public MessageQuote? QuoteOf(Message message) => QuoteOf(message.ReplyToSequence);

    /// <inheritdoc cref="QuoteOf(Message)"/>
    public MessageQuote? QuoteOf(QueuedMessage message) => QuoteOf(message.ReplyToSequence);

    /// <summary>Returns a message to reply to, in the same way; null without a sequence.</summary>
    public MessageQuote? QuoteOf(long? sequence) => sequence is { } wanted ? _session.Quotes.Find(this, wanted) : null;

    /// <summary>Loads the page before the loaded messages. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadEarlierAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        _pages.LoadEarlierAsync(limit, cancellationToken);

    /// <summary>Loads the page after the loaded messages. Does nothing when the newest message is already loaded.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadLaterAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        _pages.LoadLaterAsync(limit, cancellationToken);

    /// <summary>Replaces the loaded messages with the newest ones. Does nothing when the newest message is already loaded.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadNewestAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        _pages.LoadNewestAsync(limit, cancellationToken);

    /// <summary>
    /// Replaces the loaded messages with those around the user's read pointer, as opening with <see cref="TimelineStart.FirstUnread"/>
    /// does.
    /// </summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadFirstUnreadAsync(CancellationToken cancellationToken = default) =>
        _pages.LoadAroundAsync(_session.User.Id, cancellationToken);

    /// <summary>
    /// Replaces the loaded messages with those around a sequence, for example to show the message that a reply refers to. Does nothing when
    /// all visible messages around it are loaded. <see cref="LoadNewestAsync"/> returns to the newest messages.
    /// </summary>
    /// <param name="sequence">The sequence of a message, which may have expired.</param>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadAroundAsync(long sequence, int limit = 50, CancellationToken cancellationToken = default) =>
        _pages.LoadAroundAsync(sequence, limit, cancellationToken);

    /// <summary>
    /// Marks all loaded messages as read. If the server cannot be reached, the session retries until it ends, even after the conversation
    /// was closed.
    /// </summary>
    /// <exception cref="MessagingException">The server rejected the request.</exception>
    public Task MarkReadAsync(CancellationToken cancellationToken = default) =>
        Messages is [.., var newest] ? MarkReadAsync(newest, cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// Marks the messages up to the given one as read, with the same retries. Does nothing when the read pointer is already beyond it.
    /// </summary>
    /// <exception cref="MessagingException">The server rejected the request.</exception>
    public Task MarkReadAsync(Message upTo, CancellationToken cancellationToken = default) =>
        upTo.Sequence > LastReadSequence ? _session.Reads.MarkReadAsync(upTo, cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// Notifies the other participant that the user is typing or has stopped. Call it with each keystroke: calls to the server are
    /// throttled.
    /// </summary>
    public void SetTyping(bool isTyping) => _typingNotice.Set(isTyping);

    /// <summary>
    /// Enumerates the visible messages after a given one and then new messages, in order and each once, until the conversation is closed.
    /// Includes all messages missed while disconnected.
    /// </summary>
    /// <param name="afterMessageId">A message of the conversation, which may have expired; null for new messages only.</param>
    /// <exception cref="MessagingException">The conversation cannot be read.</exception>
    public IAsyncEnumerable<Message> ReadAllAsync(Guid? afterMessageId = null, CancellationToken cancellationToken = default) =>
        _reader.ReadAllAsync(afterMessageId, cancellationToken);

    /// <summary>Closes the conversation: synchronization stops, and enumerations end. Does not wait for the server.</summary>
    public ValueTask DisposeAsync()
    {
        _session.Close(this);

        return ValueTask.CompletedTask;
    }

    /// <summary>The position at which the conversation is opened.</summary>
    internal TimelineStart Start { get; }

    internal TimelineStore Store { get; }

    internal OpeningPage Opening { get; }

    private ConversationState State => Store.State;

    /// <summary>Ends all enumerations and waits.</summary>
    internal void End()
    {
        Store.Close();
        _typingNotice.Dispose();
    }

    /// <summary>Sends again that the user is typing, after a reconnect.</summary>
    internal void RenewTyping() => _typingNotice.Renew();

    /// <summary>Raises <see cref="Changed"/>.</summary>
    internal void NotifyChanged() => Listeners.Notify(Changed, _session.Options.Logger);

    private Task<MessagePage> GetAsync(PagePosition position, CancellationToken cancellationToken) => _session.Messages.GetAsync(
        ConversationId,
        position.Before,
        position.After,
        position.Limit,
        afterSequence: position.AfterSequence,
        around: position.Around,
        cancellationToken: cancellationToken);
}
