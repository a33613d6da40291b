namespace CleanMessaging.Client;

/// <summary>Creates the parts of a session, connects them, and starts and ends them.</summary>
internal sealed class SessionCore : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ApiTransport _api;
    private readonly HubCalls _hub;
    private readonly SendQueueCalls _calls;
    private readonly SyncScheduler _scheduler;
    private readonly ConversationSync _sync;
    private readonly LiveEvents _events;
    private readonly SyncTaskRunner _tasks;
    private readonly ExpiryTimer _expiry;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;
    private SignedOutException? _signedOut;
    private Task _running = Task.CompletedTask;
    private Task? _disposal;

    public SessionCore(MessagingClient client, User user, ISendQueueStore store, MessagingSessionOptions options)
    {
        (Client, User, Options, _stopped) = (client, user, options, _stopping.Token);
        _api = client.Api.For(user.Id);
        var conversations = new ConversationsClient(_api);
        Messages = new MessagesClient(_api);
        (Backoff, Changes) = (new Backoff(options.FirstRetry, options.LongestRetry), new ChangePublisher(options.Logger));
        _calls = new SendQueueCalls(Messages);
        var reachability = new ServerReachability(options.HasNetwork, client.Clock);
        Queue = new SendQueue(_calls, store, Backoff, client.Clock, client.Api.Clock, options.Logger)
        {
            IsUnreachable = () => reachability.IsUnreachable,
        };
        _scheduler = new SyncScheduler(client.Clock, Backoff, options.Logger, SynchronizeAsync);
        Quota = new QuotaSync(Messages, _scheduler, Publish);
        Rules = new RulesSync(Messages, Publish);
        List = new ListSync(
            conversations, new ListReader(conversations, options.PageSize), ServerClock, _scheduler, WantedConversations, Publish);
        Reads = new ReadReceipts(Messages, _scheduler, (id, sequence) => Open.Find(id)?.Store.Apply(new ReadReceived(user.Id, sequence)));
        _hub = new HubCalls(client, _api, options);
        Loop = new HubConnectionLoop(client, _api, _hub, options, reachability, Quota.RefreshAsync, RunTasksAsync);
        Typing = new TypingSync(user.Id, ServerClock, Publish);
        _sync = new ConversationSync(conversations, _hub, Queue, _scheduler, Open, Typing, ServerClock);
        Quotes = new QuoteLookup(Messages, Open, _scheduler, ServerClock);
        _events = new LiveEvents(user.Id, Open, _sync, List, Typing, Quota, Queue, ServerClock);
        _tasks = new SyncTaskRunner(this, _sync, _events, _hub);
        Personal = new PersonalSync(conversations, Messages, Open, List);
        Expiration = new ExpirationChanges(Messages, conversations, _events);
        _expiry = new ExpiryTimer(Open, List, Typing, Quota, ServerClock, client.Clock, user.Id, options.Logger);
    }

    public MessagingClient Client { get; }

    public User User { get; }

    public MessagingSessionOptions Options { get; }

    public MessagesClient Messages { get; }

    public Backoff Backoff { get; }

    public ChangePublisher Changes { get; }

    public OpenConversations Open { get; } = new();

    public SendQueue Queue { get; }

    public QuotaSync Quota { get; }

    public RulesSync Rules { get; }

    public ListSync List { get; }

    public TypingSync Typing { get; }

    public ReadReceipts Reads { get; }

    public QuoteLookup Quotes { get; }

    public PersonalSync Personal { get; }

    public ExpirationChanges Expiration { get; }

    public HubConnectionLoop Loop { get; }

    public ConnectionState Connection { get; private set; } = ConnectionState.Connecting;

    public TimeProvider Clock => Client.Clock;

    public ServerClock ServerClock => Client.Api.Clock;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Changes.Changed += OnPublished;
        Loop.StateChanged += OnStateChanged;
        Loop.SignedOut += OnSignedOut;
        _hub.NewMessage += received => _events.OnMessageReceived(received.Message);
        _hub.MessageChanged += received => _events.OnMessageChanged(received.Message, received.Revisions);
        _hub.MessageDeleted += received => _events.OnMessageDeleted(received.ConversationId, received.Deleted);
        _hub.ExpirationChanged += _events.OnExpirationChanged;
        _hub.Read += _events.OnRead;
        _hub.Typing += _events.OnTyping;
        _hub.ConversationUpdated += received => _events.OnConversationReceived(received.Conversation);
        _hub.ConversationUpdated += received => Publish(new ConversationUpdated(received.Conversation));
        _hub.PersonalChanged += _events.OnPersonalChanged;
        _hub.SyncNeeded += received => RequestEverything(TimeSpan.FromMilliseconds(Random.Shared.Next(received.WithinMs + 1)));
        ServerClock.WasAhead += OnClockWasAhead;
        Queue.Changed += OnQueueChanged;
        _calls.Sent += sent => _events.OnMessageReceived(sent.Message);
        _calls.Changed += changed => _events.OnMessageChanged(changed, []);
        _calls.Deleted += _events.OnMessageDeleted;
        await Queue.LoadAsync(User.Id, cancellationToken).ConfigureAwait(false);
        _running = Task.Run(() => Loop.RunAsync(_stopped), CancellationToken.None);
    }

    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public ConversationTimeline OpenConversation(Guid conversationId, TimelineStart start)
    {
        ConversationTimeline timeline;
        lock (_gate)
        {
            EnsureNotEnded();
            timeline = Open.Open(conversationId, () => new ConversationTimeline(this, conversationId, start));
        }

        if (Volatile.Read(ref _signedOut) is { } reason)
            timeline.Store.Apply(new AccessFailed(reason));
        _scheduler.Request(new SyncTask.Conversation(conversationId), TimeSpan.Zero);
        List.EnsureListed(conversationId);

        return timeline;
    }

    public void Close(ConversationTimeline timeline)
    {
        if (!Open.Close(timeline))
            return;

        timeline.End();
        _scheduler.Cancel(new SyncTask.Conversation(timeline.ConversationId));
        _scheduler.Request(new SyncTask.Leave(timeline.ConversationId), TimeSpan.Zero);
    }

    public Task<QueuedMessage> SendAsync(Guid conversationId, NewMessage message, CancellationToken cancellationToken)
    {
        lock (_gate)
            EnsureNotEnded();
        MessagesClient.EnsureSendable(message.Content);

        return Queue.AddAsync(User.Id, conversationId, message, cancellationToken);
    }

    public Task<QueuedMessage> ChangeAsync(
        Guid conversationId, QueuedChange change, bool replacesNewerText, CancellationToken cancellationToken)
    {
        lock (_gate)
            EnsureNotEnded();
        MessagesClient.EnsureSendable(change.Reaction?.Emoji ?? change.Content ?? "");

        return Queue.AddChangeAsync(User.Id, conversationId, change, replacesNewerText, cancellationToken);
    }

    public Task<UnsentChangeResult> EditUnsentAsync(Guid clientMessageId, string content, CancellationToken cancellationToken)
    {
        lock (_gate)
            EnsureNotEnded();
        MessagesClient.EnsureSendable(content);

        return Queue.EditAsync(clientMessageId, content, cancellationToken);
    }

    public Task<UnsentChangeResult> WithdrawAsync(Guid clientMessageId, CancellationToken cancellationToken)
    {
        lock (_gate)
            EnsureNotEnded();

        return Queue.WithdrawAsync(clientMessageId, cancellationToken);
    }

    public Task NotifyTypingAsync(Guid conversationId, bool isTyping) => _hub.NotifyTypingAsync(conversationId, isTyping, _stopped);

    public void CheckForGap(ConversationTimeline timeline) => _sync.CheckForGap(timeline);

    public Task<TimeSpan?> SynchronizeAsync(SyncTask task, CancellationToken cancellationToken) => _tasks.RunAsync(task, cancellationToken);

    public void Publish(SessionChange change)
    {
        Changes.Add(change);
        _expiry.Rearm();
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
            return new ValueTask(_disposal ??= EndAsync());
    }

    private async Task EndAsync()
    {
        ServerClock.WasAhead -= OnClockWasAhead;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await Queue.DisposeAsync().ConfigureAwait(false);
        await _expiry.DisposeAsync().ConfigureAwait(false);
        foreach (var timeline in Open.All)
            timeline.End();
        await Changes.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void EnsureNotEnded() => ObjectDisposedException.ThrowIf(_disposal is not null, typeof(MessagingSession));

    /// <summary>While a connection is open, or the session polls: recovers missed changes, then synchronizes periodically.</summary>
    private Task RunTasksAsync(Action onInSync, CancellationToken cancellationToken)
    {
        List.OnConnected();
        RequestConversations(TimeSpan.Zero);
        _scheduler.Request(new SyncTask.Rules(), TimeSpan.Zero);
        foreach (var timeline in Open.All)
            timeline.RenewTyping();
        if (Quota.Current is null)
            _scheduler.Request(new SyncTask.Quota(), TimeSpan.Zero);

        return _scheduler.RunAsync(
            () =>
            {
                onInSync();
                Queue.Wake();
            },
            cancellationToken);
    }

    private void RequestEverything(TimeSpan after)
    {
        RequestConversations(after);
        _scheduler.Request(new SyncTask.Quota(), after);
    }

    /// <summary>Requests the open conversations, which are visible and whose response has the server's time, then the list.</summary>
    private void RequestConversations(TimeSpan after)
    {
        foreach (var timeline in Open.All)
            _scheduler.Request(new SyncTask.Conversation(timeline.ConversationId), after);
        _scheduler.Request(new SyncTask.List(), after);
    }

    /// <summary>The conversations that are always in the list: open ones, and those with unsent messages.</summary>
    private HashSet<Guid> WantedConversations() =>
        [.. Open.All.Select(timeline => timeline.ConversationId), .. Queue.All.Select(message => message.ConversationId)];

    private void OnStateChanged(ConnectionState state)
    {
        if (state == Connection)
            return;

        Connection = state;
        Publish(new ConnectionChanged(state));
    }

    private void OnSignedOut(SignedOutException reason)
    {
        Volatile.Write(ref _signedOut, reason);
        OnStateChanged(ConnectionState.SignedOut);
        foreach (var timeline in Open.All)
            timeline.Store.Apply(new AccessFailed(reason));
    }

    private void OnQueueChanged(QueuedMessage message, QueuedMessageState state)
    {
        Publish(new SendQueueChanged(message, state));
        if (state is QueuedMessageState.Waiting or QueuedMessageState.Failed)
            List.EnsureListed(message.ConversationId);
    }

    private void OnPublished(SessionChange change)
    {
        if (change.About is { } conversationId)
            Open.Find(conversationId)?.NotifyChanged();
        if (change is SendQueueChanged { State: QueuedMessageState.Failed, Message.Failure: { Price: not null } })
            Quota.RequestSoon();
    }

    /// <summary>Reloads everything: messages were removed as expired by an estimated time that was ahead of the server's.</summary>
    private void OnClockWasAhead()
    {
        foreach (var timeline in Open.All)
            timeline.Store.Apply(new ReloadRequested());
        RequestEverything(TimeSpan.Zero);
    }
}
