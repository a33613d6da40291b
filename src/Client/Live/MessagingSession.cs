using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// Synchronizes a signed-in user's conversations with the server until it is disposed, and recovers from connection failures. It requests missed
/// changes, drops duplicates, removes expired messages, and keeps sent messages until the server accepts them. All members are thread-safe.
/// </summary>
/// <remarks>
/// The state is in the properties of the session and of the open conversations. <see cref="Changed"/> and <see cref="ReadChangesAsync"/> report
/// changes in order.
/// </remarks>
public sealed class MessagingSession : IAsyncDisposable
{
    private const int ListPageMax = 100;

    /// <summary>The delay before a gap is requested. The missing event may be sent by another thread of the server and arrive soon.</summary>
    private static readonly TimeSpan _holeMayFill = TimeSpan.FromMilliseconds(100);

    /// <summary>The delay before the quota is requested, so that several sends in quick succession cause one request.</summary>
    private static readonly TimeSpan _quotaSettles = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The delay before the unread totals are requested. Changes in quick succession cause one request, and the server publishes a message slightly
    /// after it counts it.
    /// </summary>
    private static readonly TimeSpan _unreadSettles = TimeSpan.FromSeconds(2);

    /// <summary>The delay before a new preview is requested. The server's clock may be behind the estimate and return the expired message again.</summary>
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

    /// <summary>Raised for each change, in order, one at a time, outside of all locks.</summary>
    public event Action<SessionChange>? Changed
    {
        add => _feed.Changed += value;
        remove => _feed.Changed -= value;
    }

    /// <summary>The client that the session uses.</summary>
    public MessagingClient Client { get; }

    /// <summary>The user of the session.</summary>
    public User User { get; }

    /// <summary>The state of the connection to the server.</summary>
    public ConnectionState Connection { get; private set; } = ConnectionState.Connecting;

    /// <summary>When the session tries to connect again, while it is <see cref="ConnectionState.Offline"/>; null otherwise.</summary>
    /// <remarks>Each <see cref="ConnectionChanged"/> to <see cref="ConnectionState.Offline"/> announces a new attempt.</remarks>
    public NextAttempt? NextAttempt => _link.NextAttempt;

    /// <summary>
    /// Whether the application is in the foreground; initially false. Attempts to connect are at most
    /// <see cref="MessagingSessionOptions.LongestForegroundRetry"/> apart in the foreground, otherwise <see cref="MessagingSessionOptions.LongestRetry"/>.
    /// Setting it to true while offline starts an attempt at once.
    /// </summary>
    public bool IsInForeground
    {
        get => _link.IsInForeground;
        set => _link.IsInForeground = value;
    }

    /// <summary>The user's messages in all conversations that the server has not accepted yet, or has rejected, in the order in which they were queued.</summary>
    public IReadOnlyList<OutboxMessage> Unsent => Outbox.All;

    /// <summary>
    /// The user's loaded conversations, newest activity first. Open conversations and those with unsent messages are always included, regardless of
    /// their position in the list.
    /// </summary>
    public IReadOnlyList<Conversation> Conversations => Volatile.Read(ref _conversations);

    /// <summary>Whether the list of conversations was loaded. Until then, <see cref="Conversations"/> is incomplete.</summary>
    public bool HasReadConversations { get; private set; }

    /// <summary>Whether the user has more conversations than the loaded ones.</summary>
    public bool HasMoreConversations => NextCursor is not null;

    /// <summary>The unread totals over all conversations, including those that are not loaded; null until they are known.</summary>
    public UnreadTotals? UnreadTotals => Volatile.Read(ref _unreadTotals);

    /// <summary>Free messages, price and balance; null until they are loaded.</summary>
    public Quota? Quota => Volatile.Read(ref _quota);

    internal Outbox Outbox { get; }

    internal MessagesClient Messages { get; }

    internal ILogger Logger => _options.Logger;

    /// <summary>
    /// Opens a session for the signed-in user: loads the unsent messages of an earlier session, and connects in the background. The session ends when
    /// another user signs in with the client.
    /// </summary>
    /// <param name="outbox">Stores messages until the server accepts them. Null keeps them in memory until the process ends.</param>
    /// <param name="options">The defaults when null.</param>
    /// <exception cref="SignedOutException">No user is signed in.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
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

    /// <summary>Returns one of <see cref="Conversations"/>; null when it is not loaded.</summary>
    public Conversation? FindConversation(Guid conversationId) => Conversations.FirstOrDefault(conversation => conversation.Id == conversationId);

    /// <summary>Enumerates the changes in order, from the start of the enumeration until the session ends.</summary>
    public IAsyncEnumerable<SessionChange> ReadChangesAsync(CancellationToken cancellationToken = default) => _feed.ReadAsync(cancellationToken);

    /// <summary>
    /// Opens a conversation and synchronizes it until the result is disposed as often as the conversation was opened. Does not wait for the server.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public ConversationTimeline Open(Guid conversationId) => Open(conversationId, TimelineStart.Newest);

    /// <inheritdoc cref="Open(Guid)"/>
    /// <param name="start">The position at which the conversation is opened; ignored when it is already open.</param>
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
    /// Saves a message and sends it in the background, with retries under the same id until the server accepts or rejects it. A new process with the
    /// same outbox store continues the retries. Returns when the message is saved.
    /// </summary>
    /// <param name="content">1 to 5000 characters (Unicode code points), sent verbatim.</param>
    /// <param name="expirationHours">Hours from acceptance until the message expires, 1 to 8760; null for never.</param>
    /// <param name="maxPoints">The highest price in points that the user agrees to pay; null for any price.</param>
    /// <exception cref="ArgumentException">The text has an unpaired surrogate, which cannot be sent verbatim.</exception>
    /// <exception cref="ObjectDisposedException">The session has ended.</exception>
    public Task<OutboxMessage> SendAsync(
        Guid conversationId, string content, int? expirationHours = null, long? maxPoints = null, CancellationToken cancellationToken = default)
    {
        lock (_gate)
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
        MessagesClient.EnsureSendable(content);

        return Outbox.AddAsync(User.Id, conversationId, content, expirationHours, maxPoints, cancellationToken);
    }

    /// <summary>Sends a rejected message again, under the same id. Does nothing when the message was not rejected.</summary>
    /// <param name="maxPoints">The highest price in points that the user now agrees to pay; null for any price.</param>
    public Task RetryAsync(Guid clientMessageId, long? maxPoints = null, CancellationToken cancellationToken = default) =>
        Outbox.RetryAsync(clientMessageId, maxPoints, cancellationToken);

    /// <summary>Discards a message. A rejected message was never delivered; a message that is being sent may still be delivered.</summary>
    public Task DiscardAsync(Guid clientMessageId, CancellationToken cancellationToken = default) =>
        Outbox.DiscardAsync(clientMessageId, cancellationToken);

    /// <summary>
    /// Takes over the messages that another session of the user has left in a shared outbox store, with their state. Use it when the other session has
    /// ended. Each message is stored and charged once, even while both sessions send.
    /// </summary>
    public Task TakeOverAsync(CancellationToken cancellationToken = default) => Outbox.LoadAsync(User.Id, cancellationToken);

    /// <summary>Waits until every saved message is sent, rejected or discarded, for example before a program ends.</summary>
    /// <exception cref="OperationCanceledException">The wait was canceled, or the session ended first.</exception>
    public Task WaitUntilSentAsync(CancellationToken cancellationToken = default) => Outbox.WaitUntilSentAsync(cancellationToken);

    /// <summary>Loads the next page of conversations. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public async Task LoadMoreConversationsAsync(CancellationToken cancellationToken = default)
    {
        while (NextCursor is { } cursor)
        {
            var page = await _conversationsApi.ListAsync(cursor, _options.PageSize, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                // The list was reloaded during the request, so that this page no longer starts at its end.
                if (_list.NextCursor != cursor)
                    continue;

                _list.TakeNext(page.Items, page.NextCursor);
                ShowList(new ConversationsListed());
                break;
            }
        }
    }

    /// <summary>
    /// Starts the waiting attempts to connect and send at once, for example when the network is back or the user requests it. A delay that the server
    /// has asked for still applies (<see cref="NextAttempt.CanBeBroughtForward"/>).
    /// </summary>
    public void RetryNow()
    {
        _link.Wake();
        Outbox.Wake();
    }

    /// <summary>Disconnects. Unsent messages stay in the outbox store.</summary>
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
            // A lost typing notification has no consequences.
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

    /// <summary>Sends the pending read pointer of a conversation to the server, if there is one.</summary>
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

    /// <summary>Leaves the SignalR group of a conversation that is no longer open.</summary>
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
            // The conversation does not exist, or the user has no access to it, so there is no group to leave.
        }
    }

    /// <summary>Reloads the beginning of the list, up to the length that is loaded.</summary>
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

        // The expiry of previews can only be evaluated with an exact server time.
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

    /// <summary>Requests the unread totals, unless the complete list is loaded and the totals are known.</summary>
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
            // An older server version has no totals.
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

    /// <summary>Synchronizes an open conversation with the server.</summary>
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
                // The sequence and revision are read before the page: later changes are in the page or arrive as live events.
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

            // Expired by the estimated time but still returned by the server: the estimate is wrong.
            if (current.LastMessage?.IsVisibleAt(Client.ServerTime) == false)
                await AskTimeAsync(current, cancellationToken).ConfigureAwait(false);
            TakeConversation(current);
        }
        catch (NotFoundException)
        {
            // The user no longer has access; the next list reload removes the conversation.
        }
    }

    internal bool IsOpen(ConversationTimeline timeline) => FindTimeline(timeline.ConversationId) == timeline;

    internal IReadOnlyList<ConversationTimeline> OpenTimelines()
    {
        lock (_gate)
            return [.. _timelines.Values];
    }

    /// <summary>Waits after a failure, until the backoff has elapsed or <paramref name="woken"/> completes.</summary>
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

    /// <summary>Runs while a connection is open: recovers missed changes, then synchronizes periodically.</summary>
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

        // The conversation may not be loaded, and the totals from the server may or may not include the change.
        if (HasMoreConversations)
            _catchingUp.AskUnread(_unreadSettles);

        if (FindTimeline(conversation.Id) is not { } timeline)
            return;

        timeline.TakeParticipants(conversation.Participants);
        LookBehind(timeline, conversation.Revision);
    }

    /// <summary>Requests missing changes when the server reports a newer revision of an open conversation than the loaded one.</summary>
    private void LookBehind(ConversationTimeline timeline, long revision)
    {
        if (timeline.Revision < revision)
            _catchingUp.Ask(timeline, _holeMayFill);
    }

    /// <summary>Removes messages from the send queue that were found in the conversation: the server accepted them, but its answer was lost.</summary>
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

    /// <summary>The conversations that are always in the list, regardless of their position: open ones, and those with unsent messages.</summary>
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

    /// <summary>Gets the exact server time with a synchronization request; the answer with a conversation does not contain it.</summary>
    private Task<SyncedConversations> AskTimeAsync(Conversation any, CancellationToken cancellationToken) =>
        _conversationsApi.SyncAsync([new KnownConversation(any.Id, any.Revision)], cancellationToken);

    /// <summary>Reloads everything after the estimated server time was found to be ahead: messages removed as expired may still be visible.</summary>
    private void Reload()
    {
        foreach (var timeline in OpenTimelines())
            timeline.RequestReload();
        _catchingUp.AskEverything(TimeSpan.Zero);
    }

    /// <summary>Removes expired items by the server's clock, and returns the time until the next expiry.</summary>
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

    /// <param name="MessageId">The message up to which the user has read.</param>
    private sealed record PendingReadReceipt(long Sequence, Guid MessageId);
}
