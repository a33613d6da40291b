namespace CleanMessaging.Client;

/// <summary>
/// Synchronizes a signed-in user's conversations with the server until it is disposed, and recovers from connection failures. It requests
/// missed changes, drops duplicates, removes expired messages, and keeps sent messages until the server accepts them. All members are
/// thread-safe.
/// </summary>
/// <remarks>
/// The state is in the properties of the session and of the open conversations. <see cref="Changed"/> and <see cref="ReadChangesAsync"/>
/// report changes in order.
/// </remarks>
public sealed class MessagingSession : IAsyncDisposable
{
    private readonly SessionCore _core;

    private MessagingSession(SessionCore core) =>
        (_core, Personal, Archive) = (core, new PersonalConversations(core.Personal), new ConversationArchive(core.List));

    /// <summary>Raised for each change, in order, one at a time, outside of all locks.</summary>
    public event Action<SessionChange>? Changed
    {
        add => _core.Changes.Changed += value;
        remove => _core.Changes.Changed -= value;
    }

    /// <summary>The client that the session uses.</summary>
    public MessagingClient Client => _core.Client;

    /// <summary>The user of the session, as the server has returned it last.</summary>
    public User User => Client.User is { } current && current.Id == _core.User.Id ? current : _core.User;

    /// <summary>The state of the connection to the server.</summary>
    public ConnectionState Connection => _core.Connection;

    /// <summary>When the session tries to connect again, while it is <see cref="ConnectionState.Offline"/>; null otherwise.</summary>
    /// <remarks>Each <see cref="ConnectionChanged"/> to <see cref="ConnectionState.Offline"/> announces a new attempt.</remarks>
    public NextAttempt? NextAttempt => _core.Loop.NextAttempt;

    /// <summary>
    /// Whether the application is in the foreground; initially false. Attempts to connect are at most
    /// <see cref="MessagingSessionOptions.LongestForegroundRetry"/> apart in the foreground, otherwise
    /// <see cref="MessagingSessionOptions.LongestRetry"/>. Setting it to true while offline starts an attempt at once.
    /// </summary>
    public bool IsInForeground
    {
        get => _core.Loop.IsInForeground;
        set => _core.Loop.IsInForeground = value;
    }

    /// <summary>The user's messages that the server has not accepted yet, or has rejected, in the order of the queue.</summary>
    public IReadOnlyList<QueuedMessage> Unsent => [.. _core.Queue.All.Where(message => message.Change is null)];

    /// <summary>The user's edits, deletions and reactions that the server has not accepted yet, or has rejected, in that order.</summary>
    public IReadOnlyList<QueuedMessage> UnsentChanges => [.. _core.Queue.All.Where(message => message.Change is not null)];

    /// <summary>
    /// The user's loaded conversations, newest activity first: those in the inbox and in the archive, by their
    /// <see cref="Conversation.Personal"/>, but not those that the user has deleted. Pinned and open conversations, and those with unsent
    /// messages, are always included, regardless of their position in the list.
    /// </summary>
    public IReadOnlyList<Conversation> Conversations => _core.List.Conversations;

    /// <summary>Whether the list of conversations was loaded. Until then, <see cref="Conversations"/> is incomplete.</summary>
    public bool HasReadConversations => _core.List.IsLoaded;

    /// <summary>Whether the user has more conversations than the loaded ones.</summary>
    public bool HasMoreConversations => _core.List.HasMore;

    /// <summary>Loads archived conversations, wherever they are in the list.</summary>
    public ConversationArchive Archive { get; }

    /// <summary>The unread totals over all conversations, including those that are not loaded; null until they are known.</summary>
    public UnreadTotals? UnreadTotals => _core.List.UnreadTotals;

    /// <summary>Free messages, price and balance; null until they are loaded.</summary>
    public Quota? Quota => _core.Quota.Current;

    /// <summary>Changes what only the user sees of conversations: archived, muted, pinned, cleared and deleted ones.</summary>
    public PersonalConversations Personal { get; }

    /// <summary>The server's rules for changes of messages and for reactions; the defaults until they are loaded.</summary>
    public MessageRules Rules => _core.Rules.Current;

    /// <summary>
    /// Opens a session for the signed-in user: loads the unsent messages of an earlier session, and connects in the background. The session
    /// ends when another user signs in with the client.
    /// </summary>
    /// <param name="store">Stores messages until the server accepts them. Null keeps them in memory until the process ends.</param>
    /// <param name="options">The defaults when null.</param>
    /// <exception cref="SignedOutException">No user is signed in.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static async Task<MessagingSession> OpenAsync(
        MessagingClient client,
        ISendQueueStore? store = null,
        MessagingSessionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var user = client.User ?? throw new SignedOutException();
        options ??= new MessagingSessionOptions();
        options.EnsureInRange();
        var core = new SessionCore(client, user, store ?? new MemorySendQueueStore(), options);
        try
        {
            await core.StartAsync(cancellationToken).ConfigureAwait(false);

            return new MessagingSession(core);
        }
        catch
        {
            await core.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Returns a loaded conversation, also one that the user has deleted; null when it is not loaded.</summary>
    public Conversation? FindConversation(Guid conversationId) => _core.List.Find(conversationId);

    /// <summary>Enumerates the changes in order, from the start of the enumeration until the session ends.</summary>
    public IAsyncEnumerable<SessionChange> ReadChangesAsync(CancellationToken cancellationToken = default) =>
        _core.Changes.ReadAsync(cancellationToken);

    /// <summary>
    /// Opens a conversation and synchronizes it until the result is disposed as often as the conversation was opened. Does not wait for the
    /// server.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public ConversationTimeline Open(Guid conversationId) => Open(conversationId, TimelineStart.Newest);

    /// <inheritdoc cref="Open(Guid)"/>
    /// <param name="start">The position at which the conversation is opened; ignored when it is already open.</param>
    public ConversationTimeline Open(Guid conversationId, TimelineStart start) => _core.OpenConversation(conversationId, start);

    /// <summary>
    /// Saves a message and sends it in the background, with retries under the same id until the server accepts or rejects it. A new process
    /// with the same store continues the retries. Returns when the message is saved.
    /// </summary>
    /// <param name="content">1 to 5000 characters (Unicode code points), sent verbatim.</param>
    /// <param name="expirationHours">
    /// Hours from acceptance until the message expires, 1 to 8760; null for the conversation's default.
    /// </param>
    /// <param name="maxPoints">The highest price in points that the user agrees to pay; null for any price.</param>
    /// <param name="neverExpires">
    /// Whether the message never expires, also in a conversation with a default. Not with <paramref name="expirationHours"/>.
    /// </param>
    /// <param name="replyToSequence">
    /// The sequence of the message that this one replies to, which may have expired or been deleted; null if it is not a reply.
    /// </param>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<QueuedMessage> SendAsync(
        Guid conversationId,
        string content,
        int? expirationHours = null,
        long? maxPoints = null,
        bool neverExpires = false,
        long? replyToSequence = null,
        CancellationToken cancellationToken = default) =>
        _core.SendAsync(
            conversationId, new NewMessage(content, expirationHours, maxPoints, neverExpires, replyToSequence), cancellationToken);

    /// <summary>Returns the other participants who are typing in a conversation. <see cref="TypingChanged"/> reports changes.</summary>
    public IReadOnlyList<Guid> TypingUsersIn(Guid conversationId) => _core.Typing.UsersIn(conversationId);

    /// <summary>Sends a rejected message again, under the same id. Does nothing when the message was not rejected.</summary>
    /// <param name="maxPoints">The highest price in points that the user now agrees to pay; null for any price.</param>
    public Task RetryAsync(Guid clientMessageId, long? maxPoints = null, CancellationToken cancellationToken = default) =>
        _core.Queue.RetryAsync(clientMessageId, maxPoints, cancellationToken);

    /// <summary>Discards a message or a change. A rejected one had no effect; one that is being sent may still be accepted.</summary>
    public Task DiscardAsync(Guid clientMessageId, CancellationToken cancellationToken = default) =>
        _core.Queue.DiscardAsync(clientMessageId, cancellationToken);

    /// <summary>
    /// Takes over the messages that another session of the user has left in a shared store, with their state. Use it when the other session
    /// has ended. Each message is stored and charged once, even while both sessions send.
    /// </summary>
    public Task TakeOverAsync(CancellationToken cancellationToken = default) => _core.Queue.LoadAsync(User.Id, cancellationToken);

    /// <summary>Waits until every saved message is sent, rejected or discarded, for example before a program ends.</summary>
    /// <exception cref="OperationCanceledException">The wait was canceled, or the session ended first.</exception>
    public Task WaitUntilSentAsync(CancellationToken cancellationToken = default) => _core.Queue.WaitUntilSentAsync(cancellationToken);

    /// <summary>Loads the next page of conversations. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadMoreConversationsAsync(CancellationToken cancellationToken = default) => _core.List.LoadMoreAsync(cancellationToken);

    /// <summary>
    /// Starts the waiting attempts to connect and send at once, for example when the network is back or the user requests it. A delay that
    /// the server has asked for still applies (<see cref="NextAttempt.CanBeBroughtForward"/>).
    /// </summary>
    public void RetryNow()
    {
        _core.Loop.Wake();
        _core.Queue.Wake();
    }

    /// <summary>Disconnects. Unsent messages stay in the store.</summary>
    public ValueTask DisposeAsync() => _core.DisposeAsync();
}
