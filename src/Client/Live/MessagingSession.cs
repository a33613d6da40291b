namespace CleanMessaging.Client;

/// <summary>
/// Keeps a signed-in user's conversations in step with the server for as long as it runs, whatever happens to the connection: what was
/// missed is asked for, what comes twice is dropped, what expires goes by itself, what is sent is kept until the server has it. All
/// members can be used from several threads.
/// </summary>
/// <remarks>
/// What it shows is its properties and those of the conversations that are open; <see cref="Changed"/> and <see cref="ReadChangesAsync"/>
/// say what has become different, in order.
/// </remarks>
public sealed class MessagingSession : IAsyncDisposable
{
    private const int ListPageMax = 100;

    /// <summary>A number that was passed over may be under way on another thread of the server.</summary>
    private static readonly TimeSpan _holeMayFill = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan _quotaSettles = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly MessagingSessionOptions _options;
    private readonly HubLink _link;
    private readonly ChangeFeed _feed;
    private readonly ConversationList _list = new();
    private readonly Dictionary<Guid, ConversationTimeline> _timelines = [];
    private readonly CatchingUp _catchingUp;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Deadline _deadline;
    private readonly Coalesced _quotaRefresh;
    private IReadOnlyList<Conversation> _conversations = [];
    private Task _running = Task.CompletedTask;

    private MessagingSession(MessagingClient client, User user, IOutboxStore outbox, MessagingSessionOptions options)
    {
        Client = client;
        User = user;
        _options = options;
        var backoff = new Backoff(options.FirstRetry, options.LongestRetry);
        _feed = new ChangeFeed(options.Logger);
        _link = new HubLink(client, options, backoff);
        Outbox = new Outbox(client.Messages, outbox, backoff, client.Clock, options.Logger);
        _catchingUp = new CatchingUp(this, options);
        _deadline = new Deadline(client.Clock, EndDue);
        _quotaRefresh = new Coalesced(client.Clock, _quotaSettles, RefreshQuotaAsync);
    }

    /// <summary>Raised with each change, in order, one at a time, outside of all locks.</summary>
    public event Action<SessionChange>? Changed
    {
        add => _feed.Changed += value;
        remove => _feed.Changed -= value;
    }

    /// <summary>The client that the session runs on.</summary>
    public MessagingClient Client { get; }

    /// <summary>Whose session it is.</summary>
    public User User { get; }

    /// <summary>How the session stands with the server.</summary>
    public ConnectionState Connection { get; private set; } = ConnectionState.Connecting;

    /// <summary>The user's conversations that were read, newest activity first.</summary>
    public IReadOnlyList<Conversation> Conversations => Volatile.Read(ref _conversations);

    /// <summary>Whether the user has more conversations than were read.</summary>
    public bool HasMoreConversations
    {
        get
        {
            lock (_gate)
                return _list.NextCursor is not null;
        }
    }

    /// <summary>Free messages, price and balance; null until the server has told.</summary>
    public Quota? Quota { get; private set; }

    internal Outbox Outbox { get; }

    /// <summary>Opens the session of whoever is signed in: takes over what an earlier one has left to send, and connects behind the scenes.</summary>
    /// <param name="outbox">Where messages wait until the server has them; in memory, lost with the process, when null.</param>
    /// <param name="options">The defaults when null.</param>
    /// <exception cref="SignedOutException">Nobody is signed in.</exception>
    public static async Task<MessagingSession> OpenAsync(
        MessagingClient client,
        IOutboxStore? outbox = null,
        MessagingSessionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var user = client.User ?? throw new SignedOutException();
        var session = new MessagingSession(client, user, outbox ?? new MemoryOutboxStore(), options ?? new MessagingSessionOptions());
        await session.StartAsync(cancellationToken).ConfigureAwait(false);

        return session;
    }

    /// <summary>All changes from the call on, in order, until the session ends.</summary>
    public IAsyncEnumerable<SessionChange> ReadChangesAsync(CancellationToken cancellationToken = default) => _feed.ReadAsync(cancellationToken);

    /// <summary>Keeps a conversation in step from now on, until what is returned is disposed as often as it was opened. Does not wait for the server.</summary>
    public ConversationTimeline Open(Guid conversationId)
    {
        ConversationTimeline? timeline;
        lock (_gate)
        {
            if (!_timelines.TryGetValue(conversationId, out timeline))
                _timelines[conversationId] = timeline = new ConversationTimeline(this, conversationId);
            timeline.Open();
        }

        _catchingUp.Ask(timeline, TimeSpan.Zero);

        return timeline;
    }

    /// <summary>
    /// Saves a message, then sends it under one id until the server has it or refuses it for good, also after the process was started anew
    /// with the same outbox. Returns when it is saved.
    /// </summary>
    /// <param name="content">1 to 5000 characters (Unicode code points), sent verbatim.</param>
    /// <param name="expirationHours">Hours from acceptance until it disappears, 1 to 8760; null for never.</param>
    /// <param name="maxPoints">The most that the user agrees to pay, in points; null to pay what it costs.</param>
    public Task<OutboxMessage> SendAsync(
        Guid conversationId, string content, int? expirationHours = null, long? maxPoints = null, CancellationToken cancellationToken = default) =>
        Outbox.AddAsync(User.Id, conversationId, content, expirationHours, maxPoints, cancellationToken);

    /// <summary>Tries a refused message again, under the same id. Does nothing with one that is on its way.</summary>
    /// <param name="maxPoints">The most that the user agrees to pay now, in points; null to pay what it costs.</param>
    public Task RetryAsync(Guid clientMessageId, long? maxPoints = null, CancellationToken cancellationToken = default) =>
        Outbox.RetryAsync(clientMessageId, maxPoints, cancellationToken);

    /// <summary>Gives a message up. One that was refused was never sent; one that is on its way may arrive all the same.</summary>
    public Task DiscardAsync(Guid clientMessageId, CancellationToken cancellationToken = default) =>
        Outbox.DiscardAsync(clientMessageId, cancellationToken);

    /// <summary>Reads the part of the list after what was read. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server refused, or could not be asked.</exception>
    public async Task LoadMoreConversationsAsync(CancellationToken cancellationToken = default)
    {
        string? cursor;
        lock (_gate)
            cursor = _list.NextCursor;
        if (cursor is null)
            return;

        var page = await Client.Conversations.ListAsync(cursor, _options.PageSize, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            // Read anew meanwhile.
            if (_list.NextCursor != cursor)
                return;

            _list.TakeNext(page.Items, page.NextCursor);
            ShowList(new ConversationsListed());
        }
    }

    /// <summary>Connects and sends at once what waits for its next attempt: the network is back, or the user has come back.</summary>
    public void RetryNow()
    {
        _link.Wake();
        Outbox.Wake();
    }

    /// <summary>Disconnects. What was not sent stays in the outbox.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await Outbox.DisposeAsync().ConfigureAwait(false);
        _deadline.Dispose();
        _quotaRefresh.Dispose();
        foreach (var timeline in OpenTimelines())
            timeline.End();
        await _feed.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    internal void Tell(SessionChange change)
    {
        _feed.Add(change);
        _deadline.Rearm();
    }

    internal async ValueTask CloseAsync(ConversationTimeline timeline)
    {
        lock (_gate)
        {
            if (!timeline.Close())
                return;

            _timelines.Remove(timeline.ConversationId);
        }

        timeline.End();
        try
        {
            await _link.LeaveAsync(timeline.ConversationId, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MessagingException or OperationCanceledException or ObjectDisposedException)
        {
            // The room ends with the connection.
        }
    }

    internal async Task TellTypingAsync(Guid conversationId, bool isTyping)
    {
        try
        {
            await _link.TypingAsync(conversationId, isTyping, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MessagingException or OperationCanceledException or ObjectDisposedException)
        {
            // Of no weight.
        }
    }

    /// <summary>Reads the list's first part anew, as far as it was read.</summary>
    internal async Task RefreshListAsync(CancellationToken cancellationToken)
    {
        int wanted;
        lock (_gate)
            wanted = Math.Max(_options.PageSize, _list.Count);

        var first = new List<Conversation>();
        string? cursor = null;
        do
        {
            var page = await Client.Conversations.ListAsync(cursor, Math.Min(ListPageMax, wanted - first.Count), cancellationToken).ConfigureAwait(false);
            first.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null && first.Count < wanted);

        lock (_gate)
        {
            foreach (var conversation in _list.TakeFirst(first, cursor))
                _feed.Add(new ConversationChanged(conversation));
            ShowList(new ConversationsListed());
        }
    }

    internal async Task RefreshQuotaAsync(CancellationToken cancellationToken)
    {
        var quota = await Client.Messages.GetQuotaAsync(cancellationToken).ConfigureAwait(false);
        if (quota == Quota)
            return;

        Quota = quota;
        Tell(new QuotaChanged(quota));
    }

    /// <summary>Compares an open conversation with the server, and brings it up to date.</summary>
    internal async Task CatchUpAsync(ConversationTimeline timeline, CancellationToken cancellationToken)
    {
        try
        {
            var joined = await _link.JoinAsync(timeline.ConversationId, timeline.Revision, cancellationToken).ConfigureAwait(false);
            if (joined.Recovered == true)
            {
                timeline.Recover(joined);
            }
            else
            {
                // Numbers first, then the page: what comes between the two is in the page or comes live.
                var newest = await Client.Messages.GetAsync(timeline.ConversationId, limit: _options.PageSize, cancellationToken: cancellationToken)
                    .ConfigureAwait(false);
                timeline.Load(joined, newest);
            }

            Acknowledge(timeline);
            await timeline.SendReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException exception) when (exception is NotFoundException or InvalidRequestException)
        {
            timeline.Fail(exception);
        }
    }

    internal async Task RefreshPreviewAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        try
        {
            TakeConversation(await Client.Conversations.GetAsync(conversationId, cancellationToken).ConfigureAwait(false));
        }
        catch (NotFoundException)
        {
            // No longer the user's; the list will say so.
        }
    }

    internal bool IsOpen(ConversationTimeline timeline) => Find(timeline.ConversationId) == timeline;

    internal IReadOnlyList<ConversationTimeline> OpenTimelines()
    {
        lock (_gate)
            return [.. _timelines.Values];
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _feed.Changed += PassOn;
        _link.StateChanged += state =>
        {
            if (state == Connection)
                return;

            Connection = state;
            Tell(new ConnectionChanged(state));
        };
        _link.NewMessage += told => TakeMessage(told.Message);
        _link.Read += told => Find(told.ConversationId)?.TakePointer(told.UserId, told.LastReadSequence);
        _link.Typing += told => Find(told.ConversationId)?.TakeTyping(told.UserId, told.IsTyping, told.Until);
        _link.ConversationUpdated += told => TakeConversation(told.Conversation);
        _link.SyncNeeded += told => _catchingUp.AskEverything(TimeSpan.FromMilliseconds(Random.Shared.Next(told.WithinMs + 1)));
        Outbox.Changed += (message, state) => Tell(new OutboxChanged(message, state));
        Outbox.Sent += sent => TakeMessage(sent.Message);
        await Outbox.LoadAsync(User.Id, cancellationToken).ConfigureAwait(false);
        _running = Task.Run(() => _link.RunAsync(ServeAsync, _stopping.Token), CancellationToken.None);
    }

    /// <summary>What goes on while a connection stands: catching up, then once in a while comparing.</summary>
    private async Task ServeAsync(Action inStep, CancellationToken cancellationToken)
    {
        await _catchingUp.RunAsync(
            () =>
            {
                inStep();
                Connection = ConnectionState.Online;
                Tell(new ConnectionChanged(ConnectionState.Online));
                Outbox.Wake();
            },
            cancellationToken).ConfigureAwait(false);
    }

    private void TakeMessage(Message message)
    {
        if (message.SenderId == User.Id)
        {
            _quotaRefresh.Ask();
            if (message.ClientMessageId is { } clientMessageId)
                _ = Outbox.AcknowledgeAsync(clientMessageId);
        }

        if (Find(message.ConversationId) is not { } timeline)
            return;

        timeline.Take(message);
        if (timeline.HasHole)
            _catchingUp.Ask(timeline, _holeMayFill);
    }

    private void TakeConversation(Conversation conversation)
    {
        lock (_gate)
        {
            if (_list.Take(conversation))
                ShowList(new ConversationChanged(conversation));
        }

        if (Find(conversation.Id) is not { } timeline)
            return;

        foreach (var participant in conversation.Participants)
            timeline.TakePointer(participant.UserId, participant.LastReadSequence);
        if (timeline.Revision < conversation.Revision)
            _catchingUp.Ask(timeline, _holeMayFill);
    }

    /// <summary>Takes out of the outbox what was found in the conversation: the server had it, but its answer was lost.</summary>
    private void Acknowledge(ConversationTimeline timeline)
    {
        var found = timeline.Messages.Select(message => message.ClientMessageId).ToHashSet();
        foreach (var waiting in Outbox.Of(timeline.ConversationId).Where(waiting => found.Contains(waiting.ClientMessageId)))
            _ = Outbox.AcknowledgeAsync(waiting.ClientMessageId);
    }

    private ConversationTimeline? Find(Guid conversationId)
    {
        lock (_gate)
            return _timelines.GetValueOrDefault(conversationId);
    }

    private void ShowList(SessionChange change)
    {
        Volatile.Write(ref _conversations, _list.Snapshot());
        Tell(change);
    }

    private void PassOn(SessionChange change)
    {
        if (change.About is { } conversationId)
            Find(conversationId)?.TellChanged();
        if (change is OutboxChanged { State: OutboxState.Failed, Message.Failure: { Price: not null } })
            _quotaRefresh.Ask();
    }

    /// <summary>Takes out what is over by the server's clock, and says when to come again.</summary>
    private TimeSpan? EndDue()
    {
        var now = Client.ServerTime;
        var timelines = OpenTimelines();
        foreach (var timeline in timelines)
            timeline.EndDue(now);

        var next = timelines.Select(timeline => timeline.NextDeadline).Min();
        lock (_gate)
        {
            var (expired, nextPreview) = _list.PreviewsAt(now);
            foreach (var id in expired)
            {
                if (_list.DropPreview(id) is { } bare)
                    ShowList(new ConversationChanged(bare));
                _catchingUp.AskPreview(id);
            }

            next = new[] { next, nextPreview }.Min();
        }

        if (Quota is { } quota && quota.ResetsAt <= now)
            _quotaRefresh.Ask();
        else if (Quota is { } current)
            next = new[] { next, current.ResetsAt }.Min();

        return next - now;
    }
}
