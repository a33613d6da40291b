using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

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

    /// <summary>Sends that follow each other closely, and what they cost, are asked about once.</summary>
    private static readonly TimeSpan _quotaSettles = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Changes in quick succession are counted once; and the server publishes a message a little after it counts it.
    /// </summary>
    private static readonly TimeSpan _unreadSettles = TimeSpan.FromSeconds(2);

    /// <summary>The server's clock may be a little behind what is thought of it, and would show once more what is gone here.</summary>
    private static readonly TimeSpan _previewSettles = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly MessagingSessionOptions _options;
    private readonly ConversationsClient _conversationsApi;
    private readonly Backoff _backoff;
    private readonly HubConnectionLoop _link;
    private readonly ChangeFeed _feed;
    private readonly ConversationList _list = new();
    private readonly UnreadCounter _unread = new();
    private readonly Dictionary<Guid, ConversationTimeline> _timelines = [];
    private readonly ConcurrentDictionary<Guid, PendingReadReceipt> _readWishes = new();
    private readonly SyncScheduler _catchingUp;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;
    private readonly WakeUpTimer _deadline;
    private IReadOnlyList<Conversation> _conversations = [];
    private UnreadTotals? _unreadTotals;
    private Quota? _quota;
    private SignedOutException? _signedOut;
    private Task _running = Task.CompletedTask;
    private Task? _disposal;

    private MessagingSession(MessagingClient client, User user, IOutboxStore outbox, MessagingSessionOptions options)
    {
        var api = client.Api.For(user.Id);
        Client = client;
        User = user;
        Messages = new MessagesClient(api);
        _options = options;
        _stopped = _stopping.Token;
        _conversationsApi = new ConversationsClient(api);
        _backoff = new Backoff(options.FirstRetry, options.LongestRetry);
        _feed = new ChangeFeed(options.Logger);
        _link = new HubConnectionLoop(client, api, options);
        Outbox = new Outbox(Messages, outbox, _backoff, client.Clock, client.Api.Clock, options.Logger);
        _catchingUp = new SyncScheduler(this, options, _backoff);
        _deadline = new WakeUpTimer(client.Clock, ExpireDueItems, options.Logger);
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

    /// <summary>When the session tries to connect again, while it is <see cref="ConnectionState.Offline"/>; null otherwise.</summary>
    /// <remarks>It changes with <see cref="Connection"/>: each <see cref="ConnectionChanged"/> to Offline announces another attempt.</remarks>
    public NextAttempt? NextAttempt => _link.NextAttempt;

    /// <summary>
    /// Whether a person looks at what the session shows; false at first. In the foreground attempts to connect are at most
    /// <see cref="MessagingSessionOptions.LongestForegroundRetry"/> apart, otherwise <see cref="MessagingSessionOptions.LongestRetry"/>. When a
    /// session that is not connected comes to the foreground, it tries at once.
    /// </summary>
    public bool IsInForeground
    {
        get => _link.IsInForeground;
        set => _link.IsInForeground = value;
    }

    /// <summary>The user's messages of all conversations that the server does not have yet, or has rejected, in the order of their coming.</summary>
    public IReadOnlyList<OutboxMessage> Unsent => Outbox.All;

    /// <summary>
    /// The user's conversations that were read, newest activity first. Those that are open, or have unsent messages, are among them from wherever in the
    /// list they are.
    /// </summary>
    public IReadOnlyList<Conversation> Conversations => Volatile.Read(ref _conversations);

    /// <summary>Whether the list of conversations was read; until then an empty one says nothing.</summary>
    public bool HasReadConversations { get; private set; }

    /// <summary>Whether the user has more conversations than were read.</summary>
    public bool HasMoreConversations => NextCursor is not null;

    /// <summary>How much the user has not read, over all conversations, also those that were not read; null until it is known.</summary>
    public UnreadTotals? UnreadTotals => Volatile.Read(ref _unreadTotals);

    /// <summary>Free messages, price and balance; null until the server has sent it.</summary>
    public Quota? Quota => Volatile.Read(ref _quota);

    internal Outbox Outbox { get; }

    internal MessagesClient Messages { get; }

    internal ILogger Logger => _options.Logger;

    /// <summary>
    /// Opens the session of whoever is signed in: takes over what an earlier one has left to send, and connects behind the scenes. It is that
    /// user's for good: when somebody else signs in with the client, it ends.
    /// </summary>
    /// <param name="outbox">Where messages wait until the server has them; in memory, lost with the process, when null.</param>
    /// <param name="options">The defaults when null.</param>
    /// <exception cref="SignedOutException">Nobody is signed in.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One of the options is out of its range.</exception>
    public static async Task<MessagingSession> OpenAsync(
        MessagingClient client,
        IOutboxStore? outbox = null,
        MessagingSessionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var user = client.User ?? throw new SignedOutException();
        options ??= new MessagingSessionOptions();
        options.EnsureInRange();
        var session = new MessagingSession(client, user, outbox ?? new MemoryOutboxStore(), options);
        try
        {
            await session.StartAsync(cancellationToken).ConfigureAwait(false);

            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>One of <see cref="Conversations"/>; null when it is not among them.</summary>
    public Conversation? FindConversation(Guid conversationId) => Conversations.FirstOrDefault(conversation => conversation.Id == conversationId);

    /// <summary>All changes from when the enumeration begins, in order, until the session ends.</summary>
    public IAsyncEnumerable<SessionChange> ReadChangesAsync(CancellationToken cancellationToken = default) => _feed.ReadAsync(cancellationToken);

    /// <summary>Keeps a conversation in step from now on, until what is returned is disposed as often as it was opened. Does not wait for the server.</summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public ConversationTimeline Open(Guid conversationId) => Open(conversationId, TimelineStart.Newest);

    /// <inheritdoc cref="Open(Guid)"/>
    /// <param name="start">Where it is opened, unless it is open already.</param>
    public ConversationTimeline Open(Guid conversationId, TimelineStart start)
    {
        ConversationTimeline? timeline;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (!_timelines.TryGetValue(conversationId, out timeline))
                _timelines[conversationId] = timeline = new ConversationTimeline(this, conversationId, start);
            timeline.Open();
        }

        if (Volatile.Read(ref _signedOut) is { } reason)
            timeline.Fail(reason);
        _catchingUp.Ask(timeline, TimeSpan.Zero);
        EnsureListed(conversationId);

        return timeline;
    }

    /// <summary>
    /// Saves a message, then sends it under one id until the server has it or rejects it for good, also after the process was started anew
    /// with the same outbox. Returns when it is saved.
    /// </summary>
    /// <param name="content">1 to 5000 characters (Unicode code points), sent verbatim.</param>
    /// <param name="expirationHours">Hours from acceptance until it disappears, 1 to 8760; null for never.</param>
    /// <param name="maxPoints">The most that the user agrees to pay, in points; null to pay what it costs.</param>
    /// <exception cref="ArgumentException">The text has half a surrogate pair, which no server can be sent.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<OutboxMessage> SendAsync(
        Guid conversationId, string content, int? expirationHours = null, long? maxPoints = null, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
        MessagesClient.EnsureSendable(content);

        return Outbox.AddAsync(User.Id, conversationId, content, expirationHours, maxPoints, cancellationToken);
    }

    /// <summary>Tries a rejected message again, under the same id. Does nothing with one that is on its way.</summary>
    /// <param name="maxPoints">The most that the user agrees to pay now, in points; null to pay what it costs.</param>
    public Task RetryAsync(Guid clientMessageId, long? maxPoints = null, CancellationToken cancellationToken = default) =>
        Outbox.RetryAsync(clientMessageId, maxPoints, cancellationToken);

    /// <summary>Gives a message up. One that was rejected was never sent; one that is on its way may arrive all the same.</summary>
    public Task DiscardAsync(Guid clientMessageId, CancellationToken cancellationToken = default) =>
        Outbox.DiscardAsync(clientMessageId, cancellationToken);

    /// <summary>
    /// Takes over what another session of the user has left in the outbox store that both share, and what has become of it there: as at the
    /// opening, for a session that goes on when the other is gone. Also while both send, each message is stored and charged once.
    /// </summary>
    public Task TakeOverAsync(CancellationToken cancellationToken = default) => Outbox.LoadAsync(User.Id, cancellationToken);

    /// <summary>Waits until everything that was saved is sent, rejected or given up: before a program ends, for one.</summary>
    /// <exception cref="OperationCanceledException">It was canceled, or the session has ended before.</exception>
    public Task WaitUntilSentAsync(CancellationToken cancellationToken = default) => Outbox.WaitUntilSentAsync(cancellationToken);

    /// <summary>Reads the part of the list after what was read. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server rejected, or could not be asked.</exception>
    public async Task LoadMoreConversationsAsync(CancellationToken cancellationToken = default)
    {
        while (NextCursor is { } cursor)
        {
            var page = await _conversationsApi.ListAsync(cursor, _options.PageSize, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                // Read anew meanwhile: this page no longer begins where the list ends.
                if (_list.NextCursor != cursor)
                    continue;

                _list.TakeNext(page.Items, page.NextCursor);
                ShowList(new ConversationsListed());
                break;
            }
        }
    }

    /// <summary>
    /// Connects and sends at once what waits for its next attempt: the network is back, or the user asks for it. Where the server has asked to
    /// wait, it is waited for all the same (<see cref="NextAttempt.CanBeBroughtForward"/>).
    /// </summary>
    public void RetryNow()
    {
        _link.Wake();
        Outbox.Wake();
    }

    /// <summary>Disconnects. What was not sent stays in the outbox.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
            return new ValueTask(_disposal ??= EndAsync());
    }

    internal void Notify(SessionChange change)
    {
        _feed.Add(change);
        _deadline.Rearm();
    }

    internal void Close(ConversationTimeline timeline)
    {
        lock (_gate)
        {
            if (!timeline.Close())
                return;

            _timelines.Remove(timeline.ConversationId);
        }

        timeline.End();
        _catchingUp.Close(timeline);
    }

    internal async Task NotifyTypingAsync(Guid conversationId, bool isTyping)
    {
        try
        {
            await _link.TypingAsync(conversationId, isTyping, _stopped).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MessagingException or OperationCanceledException)
        {
            // Of no weight.
        }
    }

    internal async Task MarkReadAsync(Message upTo, CancellationToken cancellationToken)
    {
        var wish = new PendingReadReceipt(upTo.Sequence, upTo.Id);
        if (_readWishes.AddOrUpdate(upTo.ConversationId, wish, (_, known) => known.Sequence < wish.Sequence ? wish : known) != wish)
            return;

        try
        {
            await NotifyReadAsync(upTo.ConversationId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or MessagingException { IsTransient: true })
        {
            _catchingUp.AskRead(upTo.ConversationId);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Sends the server how far the user has read, if that is still to be sent.</summary>
    internal async Task NotifyReadAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        if (!_readWishes.TryGetValue(conversationId, out var wish))
            return;

        try
        {
            var marked = await Messages.MarkReadAsync(conversationId, [wish.MessageId], cancellationToken).ConfigureAwait(false);
            FindTimeline(conversationId)?.TakePointer(User.Id, marked.LastReadSequence);
        }
        catch (MessagingException exception) when (!exception.IsTransient && exception is not SignedOutException)
        {
            _readWishes.TryRemove(KeyValuePair.Create(conversationId, wish));
            throw;
        }

        _readWishes.TryRemove(KeyValuePair.Create(conversationId, wish));
    }

    /// <summary>Leaves the room of a conversation that is open no more.</summary>
    internal async Task LeaveAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        if (FindTimeline(conversationId) is not null)
            return;

        try
        {
            await _link.LeaveAsync(conversationId, cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // There was no room.
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
            var page = await _conversationsApi.ListAsync(cursor, Math.Min(ListPageMax, wanted - first.Count), cancellationToken).ConfigureAwait(false);
            first.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null && first.Count < wanted);

        // Whether a preview has expired cannot be judged by a clock that was not checked.
        if (!Client.Api.Clock.IsExact && first is [var any, ..])
            await AskTimeAsync(any, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            var before = _conversations.Select(conversation => conversation.Id).ToList();
            var hadMore = _list.NextCursor is not null;
            var changed = _list.TakeFirst([.. first.DistinctBy(conversation => conversation.Id)], cursor);
            _list.KeepApart(WantedConversations());
            var isFirst = !HasReadConversations;
            HasReadConversations = true;
            WriteList();
            foreach (var conversation in changed)
                Notify(new ConversationChanged(conversation));
            if (isFirst || hadMore != (cursor is not null) || !before.SequenceEqual(_conversations.Select(conversation => conversation.Id)))
                Notify(new ConversationsListed());
        }

        if (cursor is not null)
            _catchingUp.AskUnread(TimeSpan.Zero);
        foreach (var beyond in WantedConversations().Where(IsBeyondList))
            _catchingUp.AskPreview(beyond, TimeSpan.Zero);
    }

    /// <summary>Asks how much is unread in all. Where the list is complete, that is known.</summary>
    internal async Task RefreshUnreadAsync(CancellationToken cancellationToken)
    {
        if (!HasMoreConversations)
            return;

        UnreadTotals totals;
        try
        {
            totals = await _conversationsApi.GetUnreadTotalsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // A server of an earlier version, which has no totals.
            return;
        }

        lock (_gate)
        {
            if (_list.NextCursor is not null && _unread.TakeServerTotals(totals, _conversations))
                ShowUnread();
        }
    }

    internal async Task RefreshQuotaAsync(CancellationToken cancellationToken)
    {
        var quota = await Messages.GetQuotaAsync(cancellationToken).ConfigureAwait(false);
        if (quota == Quota)
            return;

        Volatile.Write(ref _quota, quota);
        Notify(new QuotaChanged(quota));
    }

    /// <summary>Compares an open conversation with the server, and brings it up to date.</summary>
    internal async Task CatchUpAsync(ConversationTimeline timeline, CancellationToken cancellationToken)
    {
        try
        {
            var since = timeline.Revision;
            var joined = await _link.JoinAsync(timeline.ConversationId, since, cancellationToken).ConfigureAwait(false);
            if (joined.Recovered == true && since is { } asked)
            {
                timeline.Recover(joined, asked);
            }
            else
            {
                // Numbers first, then the page: what comes between the two is in the page or comes live.
                var page = await OpeningOf(timeline).ReadAsync(joined, timeline.Start, timeline.HeldSequence, cancellationToken).ConfigureAwait(false);
                timeline.Load(joined, page);
            }
        }
        catch (MessagingException exception) when (exception is NotFoundException or InvalidRequestException)
        {
            timeline.Fail(exception);
            return;
        }

        Acknowledge(timeline);
        CheckForGap(timeline);
    }

    internal OpeningPage OpeningOf(ConversationTimeline timeline) => new(Messages, timeline.ConversationId, User.Id, _options.PageSize);

    internal void CheckForGap(ConversationTimeline timeline)
    {
        if (timeline.HasGap)
            _catchingUp.Ask(timeline, _holeMayFill);
    }

    internal async Task RefreshPreviewAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        try
        {
            var current = await _conversationsApi.GetAsync(conversationId, cancellationToken).ConfigureAwait(false);

            // Gone by the clock here, and shown by the server: the clock is wrong.
            if (current.LastMessage?.IsVisibleAt(Client.ServerTime) == false)
                await AskTimeAsync(current, cancellationToken).ConfigureAwait(false);
            TakeConversation(current);
        }
        catch (NotFoundException)
        {
            // No longer the user's; the list will say so.
        }
    }

    internal bool IsOpen(ConversationTimeline timeline) => FindTimeline(timeline.ConversationId) == timeline;

    internal IReadOnlyList<ConversationTimeline> OpenTimelines()
    {
        lock (_gate)
            return [.. _timelines.Values];
    }

    /// <summary>Waits after a failure, or until something else says that it is worth another attempt.</summary>
    internal Task PauseAsync(int failures, Exception failure, Task woken, CancellationToken cancellationToken) =>
        _backoff.PauseAsync(failures, failure, woken, Client.Clock, cancellationToken);

    private string? NextCursor
    {
        get
        {
            lock (_gate)
                return _list.NextCursor;
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        _feed.Changed += PassOn;
        _link.StateChanged += TakeState;
        _link.SignedOut += TakeSignedOut;
        _link.NewMessage += received => OnMessageReceived(received.Message);
        _link.Read += OnReadReceipt;
        _link.Typing += TakeTyping;
        _link.ConversationUpdated += received => TakeConversation(received.Conversation);
        _link.SyncNeeded += received => _catchingUp.AskEverything(TimeSpan.FromMilliseconds(Random.Shared.Next(received.WithinMs + 1)));
        Client.Api.Clock.WasAhead += Reload;
        Outbox.Changed += TakeOutbox;
        Outbox.Sent += sent => OnMessageReceived(sent.Message);
        await Outbox.LoadAsync(User.Id, cancellationToken).ConfigureAwait(false);
        _running = Task.Run(() => _link.RunAsync(RefreshQuotaAsync, ServeAsync, _stopped), CancellationToken.None);
    }

    private async Task EndAsync()
    {
        Client.Api.Clock.WasAhead -= Reload;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await Outbox.DisposeAsync().ConfigureAwait(false);
        await _deadline.DisposeAsync().ConfigureAwait(false);
        foreach (var timeline in OpenTimelines())
            timeline.End();
        await _feed.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>What goes on while a connection stands: catching up, then once in a while comparing.</summary>
    private Task ServeAsync(Action inStep, CancellationToken cancellationToken) =>
        _catchingUp.RunAsync(
            () =>
            {
                inStep();
                Outbox.Wake();
            },
            cancellationToken);

    private void TakeState(ConnectionState state)
    {
        if (state == Connection)
            return;

        Connection = state;
        Notify(new ConnectionChanged(state));
    }

    private void TakeSignedOut(SignedOutException reason)
    {
        Volatile.Write(ref _signedOut, reason);
        TakeState(ConnectionState.SignedOut);
        foreach (var timeline in OpenTimelines())
            timeline.Fail(reason);
    }

    private void OnMessageReceived(Message message)
    {
        if (message.SenderId == User.Id)
        {
            _catchingUp.AskQuota(_quotaSettles);
            if (message.ClientMessageId is { } clientMessageId)
                _ = Outbox.AcknowledgeAsync(clientMessageId);
        }

        if (FindTimeline(message.ConversationId) is not { } timeline)
            return;

        timeline.Take(message);
        CheckForGap(timeline);
    }

    private void OnReadReceipt(ReadEvent received)
    {
        if (FindTimeline(received.ConversationId) is not { } timeline)
            return;

        timeline.TakePointer(received.UserId, received.LastReadSequence);
        LookBehind(timeline, received.Revision);
    }

    private void TakeTyping(TypingEvent received)
    {
        if (FindTimeline(received.ConversationId) is not { } timeline)
            return;

        timeline.TakeTyping(received.UserId, received.IsTyping, received.Until);
        LookBehind(timeline, received.Revision);
    }

    private void TakeOutbox(OutboxMessage message, OutboxState state)
    {
        Notify(new OutboxChanged(message, state));
        if (state is OutboxState.Waiting or OutboxState.Failed)
            EnsureListed(message.ConversationId);
    }

    private void TakeConversation(Conversation conversation)
    {
        var isWanted = WantedConversations().Contains(conversation.Id);
        lock (_gate)
        {
            if (isWanted ? _list.TakeSingle(conversation) : _list.Take(conversation))
                ShowList(new ConversationChanged(conversation));
        }

        // The conversation may not be loaded; and the totals from the server may or may not include the change.
        if (HasMoreConversations)
            _catchingUp.AskUnread(_unreadSettles);

        if (FindTimeline(conversation.Id) is not { } timeline)
            return;

        timeline.TakeParticipants(conversation.Participants);
        LookBehind(timeline, conversation.Revision);
    }

    /// <summary>Asks for what is missing, when a conversation is said to be further than what is here.</summary>
    private void LookBehind(ConversationTimeline timeline, long revision)
    {
        if (timeline.Revision < revision)
            _catchingUp.Ask(timeline, _holeMayFill);
    }

    /// <summary>Takes out of the outbox what was found in the conversation: the server had it, but its answer was lost.</summary>
    private void Acknowledge(ConversationTimeline timeline)
    {
        if (Outbox.Of(timeline.ConversationId) is not { Count: > 0 } unsent)
            return;

        var found = timeline.Messages.Select(message => message.ClientMessageId).ToHashSet();
        foreach (var waiting in unsent.Where(waiting => found.Contains(waiting.ClientMessageId)))
            _ = Outbox.AcknowledgeAsync(waiting.ClientMessageId);
    }

    private ConversationTimeline? FindTimeline(Guid conversationId)
    {
        lock (_gate)
            return _timelines.GetValueOrDefault(conversationId);
    }

    /// <summary>Conversations that are to be in the list wherever they stand in it: those that are open, and those with unsent messages.</summary>
    private HashSet<Guid> WantedConversations()
    {
        lock (_gate)
            return [.. _timelines.Keys, .. Outbox.All.Select(message => message.ConversationId)];
    }

    private void EnsureListed(Guid conversationId)
    {
        bool isMissing;
        lock (_gate)
            isMissing = HasReadConversations && !_list.Contains(conversationId);
        if (isMissing)
            _catchingUp.AskPreview(conversationId, TimeSpan.Zero);
    }

    private bool IsBeyondList(Guid conversationId)
    {
        lock (_gate)
            return !_list.Contains(conversationId) || _list.Apart.Contains(conversationId);
    }

    private void ShowList(SessionChange change)
    {
        WriteList();
        Notify(change);
    }

    private void WriteList()
    {
        Volatile.Write(ref _conversations, _list.Snapshot());
        if (_unread.TakeList(_conversations, isComplete: HasReadConversations && _list.NextCursor is null))
            ShowUnread();
    }

    private void ShowUnread()
    {
        Volatile.Write(ref _unreadTotals, _unread.Current);
        Notify(new UnreadChanged(_unread.Current!));
    }

    private void PassOn(SessionChange change)
    {
        if (change.About is { } conversationId)
            FindTimeline(conversationId)?.NotifyChanged();
        if (change is OutboxChanged { State: OutboxState.Failed, Message.Failure: { Price: not null } })
            _catchingUp.AskQuota(_quotaSettles);
    }

    /// <summary>A conversation does not tell the server's time; what was missed in it does.</summary>
    private Task<SyncedConversations> AskTimeAsync(Conversation any, CancellationToken cancellationToken) =>
        _conversationsApi.SyncAsync([new KnownConversation(any.Id, any.Revision)], cancellationToken);

    /// <summary>The clock was thought to be ahead of where it is: what was taken out as expired may be there yet.</summary>
    private void Reload()
    {
        foreach (var timeline in OpenTimelines())
            timeline.RequestReload();
        _catchingUp.AskEverything(TimeSpan.Zero);
    }

    /// <summary>Takes out what is over by the server's clock, and says when to come again.</summary>
    private TimeSpan? ExpireDueItems()
    {
        var now = Client.ServerTime;
        var timelines = OpenTimelines();
        foreach (var timeline in timelines)
        {
            if (timeline.ExpireDueItems(now))
                _catchingUp.AskPreview(timeline.ConversationId, _previewSettles);
        }

        var next = timelines.Select(timeline => timeline.NextDeadline).Min();
        lock (_gate)
        {
            var (expired, nextPreview) = _list.PreviewsAt(now);
            foreach (var id in expired)
            {
                if (_list.DropPreview(id) is { } bare)
                    ShowList(new ConversationChanged(bare));
                _catchingUp.AskPreview(id, _previewSettles);
            }

            next = new[] { next, nextPreview }.Min();
        }

        if (Quota is { } quota && quota.ResetsAt > now)
            next = new[] { next, quota.ResetsAt }.Min();
        else if (Quota is not null)
            _catchingUp.AskQuota(_quotaSettles);

        return next - now;
    }

    /// <param name="MessageId">Up to which the user has read, and the server does not know yet.</param>
    private sealed record PendingReadReceipt(long Sequence, Guid MessageId);
}
