using System.Runtime.CompilerServices;

namespace CleanMessaging.Client;

/// <summary>
/// An open conversation, synchronized with the server: a range of its messages (usually the newest) in order and without duplicates, the unsent
/// messages, the read pointers, and who is typing. The state is always consistent; <see cref="Changed"/> is raised after each change.
/// </summary>
public sealed class ConversationTimeline : IAsyncDisposable
{
    /// <summary>The number of messages kept in memory in addition to those loaded with <see cref="LoadEarlierAsync"/>.</summary>
    internal const int HeldMessages = 1_000;

    private const int TrimmedAtOnce = 200;
    private const int PageMax = 100;

    private readonly Lock _gate = new();
    private readonly Window _window = new();
    private readonly Dictionary<Guid, DateTimeOffset> _typing = [];
    private readonly MessagingSession _session;
    private readonly Guid _userId;
    private readonly TypingNotice _typingNotice;
    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly Signal _progress = new();
    private TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<Message>? _messages;
    private IReadOnlyList<Participant> _participants = [];
    private int _held = HeldMessages;
    private int _openings;
    private bool _isAskedAnew;
    private MessagingException? _failure;
    private volatile bool _isClosed;

    internal ConversationTimeline(MessagingSession session, Guid conversationId, TimelineStart start)
    {
        _session = session;
        _userId = session.User.Id;
        Start = start;
        _typingNotice = new TypingNotice(session.Client.Clock, isTyping => _ = session.NotifyTypingAsync(conversationId, isTyping));
        ConversationId = conversationId;
    }

    /// <summary>Raised when any property has changed, including <see cref="Unsent"/>.</summary>
    public event Action? Changed;

    /// <summary>The id of the conversation.</summary>
    public Guid ConversationId { get; }

    /// <summary>The loaded messages that are visible, oldest first.</summary>
    public IReadOnlyList<Message> Messages
    {
        get
        {
            lock (_gate)
                return _messages ??= _window.Messages;
        }
    }

    /// <summary>The user's messages that the server has not accepted yet, or has rejected, in the order in which they were queued.</summary>
    public IReadOnlyList<OutboxMessage> Unsent
    {
        get
        {
            if (_session.Outbox.Of(ConversationId) is not { Count: > 0 } unsent)
                return [];

            var known = Messages.Select(message => message.ClientMessageId).ToHashSet();

            return [.. unsent.Where(message => !known.Contains(message.ClientMessageId))];
        }
    }

    /// <summary>The participants; empty until they are known.</summary>
    public IReadOnlyList<Participant> Participants => Volatile.Read(ref _participants);

    /// <summary>Whether the conversation was loaded from the server. Before that, only unsent messages and live events are available.</summary>
    public bool IsLoaded => Loaded.Task.IsCompletedSuccessfully;

    /// <summary>Why the conversation cannot be read, for example <c>conversation.not_found</c>; null if there is no error.</summary>
    public MessagingException? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether there are messages before the loaded ones.</summary>
    public bool HasEarlier
    {
        get
        {
            lock (_gate)
                return _window.HasEarlier;
        }
    }

    /// <summary>
    /// Whether there are messages after the loaded ones. In that case, a new message is not added until <see cref="LoadLaterAsync"/> has reached it,
    /// or <see cref="LoadNewestAsync"/> was called.
    /// </summary>
    public bool HasLater
    {
        get
        {
            lock (_gate)
                return _window.HasLater;
        }
    }

    /// <summary>
    /// The sequence from which all visible messages are loaded, up to the newest one or to the end of the range if <see cref="HasLater"/> is true.
    /// 0 when the beginning of the conversation is loaded.
    /// </summary>
    public long HeldFromSequence
    {
        get
        {
            lock (_gate)
                return _window is { HasEarlier: true, First: { } first } ? first.Sequence : 0;
        }
    }

    /// <summary>The other participants who are typing.</summary>
    public IReadOnlyList<Guid> TypingUsers
    {
        get
        {
            lock (_gate)
                return [.. _typing.Keys];
        }
    }

    /// <summary>The other participant's read pointer: all messages up to and including this sequence are read.</summary>
    public long ReadByOtherSequence
    {
        get
        {
            lock (_gate)
                return _window.ReadByOthersThan(_userId);
        }
    }

    /// <summary>Whether the other participant has read a message.</summary>
    public bool IsRead(Message message)
    {
        lock (_gate)
            return message.IsRead || message.Sequence <= _window.ReadByOthersThan(message.SenderId);
    }

    /// <summary>The user's own read pointer.</summary>
    public long LastReadSequence
    {
        get
        {
            lock (_gate)
                return _window.ReadBy(_userId);
        }
    }

    /// <summary>Waits until the conversation is loaded for the first time.</summary>
    /// <exception cref="MessagingException">The conversation cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The conversation was closed first, or <paramref name="cancellationToken"/> was canceled.</exception>
    public Task WaitUntilLoadedAsync(CancellationToken cancellationToken = default) => Loaded.Task.WaitAsync(cancellationToken);

    /// <summary>Saves a message and sends it in the background, with retries. It is in <see cref="Unsent"/> until the server accepts it.</summary>
    /// <inheritdoc cref="MessagingSession.SendAsync"/>
    public Task<OutboxMessage> SendAsync(
        string content, int? expirationHours = null, long? maxPoints = null, CancellationToken cancellationToken = default)
    {
        _typingNotice.Forget();

        return _session.SendAsync(ConversationId, content, expirationHours, maxPoints, cancellationToken);
    }

    /// <summary>Loads the page before the loaded messages. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadEarlierAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        LoadAsync(() => TryLoadEarlierAsync(limit, cancellationToken), cancellationToken);

    /// <summary>Loads the page after the loaded messages. Does nothing when the newest message is already loaded.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadLaterAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        LoadAsync(() => TryLoadLaterAsync(limit, cancellationToken), cancellationToken);

    /// <summary>Replaces the loaded messages with the newest ones. Does nothing when the newest message is already loaded.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadNewestAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        LoadAsync(
            async () =>
            {
                if (HasLater)
                    await ReplaceAsync(() => GetAsync(limit: limit, cancellationToken: cancellationToken)).ConfigureAwait(false);

                return true;
            },
            cancellationToken);

    /// <summary>
    /// Replaces the loaded messages with those around the user's read pointer, as opening with <see cref="TimelineStart.FirstUnread"/> does.
    /// </summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadFirstUnreadAsync(CancellationToken cancellationToken = default) =>
        LoadAsync(
            async () =>
            {
                await ReplaceAsync(() => _session.OpeningOf(this).AroundAsync(LastReadSequence, cancellationToken)).ConfigureAwait(false);

                return true;
            },
            cancellationToken);

    /// <summary>
    /// Marks all loaded messages as read. If the server cannot be reached, the session retries until it ends, even after the conversation was
    /// closed.
    /// </summary>
    /// <exception cref="MessagingException">The server rejected the request.</exception>
    public Task MarkReadAsync(CancellationToken cancellationToken = default) =>
        Messages is [.., var newest] ? MarkReadAsync(newest, cancellationToken) : Task.CompletedTask;

    /// <summary>Marks the messages up to the given one as read, with the same retries. Does nothing when the read pointer is already beyond it.</summary>
    /// <exception cref="MessagingException">The server rejected the request.</exception>
    public Task MarkReadAsync(Message upTo, CancellationToken cancellationToken = default) =>
        upTo.Sequence > LastReadSequence ? _session.MarkReadAsync(upTo, cancellationToken) : Task.CompletedTask;

    /// <summary>Notifies the other participant that the user is typing or has stopped. Call it with each keystroke: calls to the server are throttled.</summary>
    public void SetTyping(bool isTyping) => _typingNotice.Set(isTyping);

    /// <summary>
    /// Enumerates the visible messages after a given one and then new messages, in order and each once, until the conversation is closed. Includes
    /// all messages missed while disconnected.
    /// </summary>
    /// <param name="afterMessageId">A message of the conversation, which may have expired; null for new messages only.</param>
    /// <exception cref="MessagingException">The conversation cannot be read.</exception>
    public async IAsyncEnumerable<Message> ReadAllAsync(
        Guid? afterMessageId = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Loaded.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var (after, last) = Place(afterMessageId);
        var failures = 0;
        while (true)
        {
            var progress = _progress.Next;
            if (_isClosed)
                yield break;

            if (Failure is { } failure)
                throw failure;

            Next next;
            try
            {
                next = await NextAsync(after, last, cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (MessagingException exception) when (exception.IsTransient)
            {
                await _session.PauseAsync(++failures, exception, progress, cancellationToken).ConfigureAwait(false);
                continue;
            }

            foreach (var message in next.Messages)
            {
                // The message may have expired while the consumer processed the previous one.
                if (message.IsVisibleAt(_session.Client.ServerTime))
                    yield return message;
            }

            after = next.Messages is [.., var newest] ? newest.Id : after;
            last = next.Last;
            if (next.AtEnd)
                await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the conversation: synchronization stops, and enumerations end. Does not wait for the server.</summary>
    public ValueTask DisposeAsync()
    {
        _session.Close(this);

        return ValueTask.CompletedTask;
    }

    /// <summary>Increments the number of openings.</summary>
    internal void Open() => Interlocked.Increment(ref _openings);

    /// <summary>Decrements the number of openings; returns whether that was the last one.</summary>
    internal bool Close() => Interlocked.Decrement(ref _openings) == 0;

    /// <summary>Ends all enumerations and waits.</summary>
    internal void End()
    {
        _isClosed = true;
        _typingNotice.Dispose();
        Loaded.TrySetCanceled();
        _progress.Raise();
    }

    /// <summary>The revision up to which all changes are known; null before the first load, and when a reload is requested.</summary>
    internal long? Revision
    {
        get
        {
            lock (_gate)
                return _window.IsLoaded && !_isAskedAnew ? _window.Revision : null;
        }
    }

    internal bool HasGap
    {
        get
        {
            lock (_gate)
                return _window.HasGap;
        }
    }

    /// <summary>When the next message or typing indicator expires; null when none does.</summary>
    internal DateTimeOffset? NextDeadline
    {
        get
        {
            lock (_gate)
                return Earliest(_window.NextExpiry, _typing.Count == 0 ? null : _typing.Values.Min());
        }
    }

    /// <summary>Applies a message from a live event or from the answer to a send.</summary>
    internal void Take(Message message)
    {
        lock (_gate)
        {
            var taken = _window.Take(message, _session.Client.ServerTime);
            if (_window.Count > _held + TrimmedAtOnce)
                _window.Trim(_held);
            if (taken == MergeResult.Added)
            {
                Show(new MessageAdded(message));
                StopTyping([message.SenderId]);
            }
            else if (taken == MergeResult.Changed)
            {
                Show(new MessageChanged(message));
            }
        }

        _progress.Raise();
    }

    /// <summary>Applies an answer with all changes since a revision.</summary>
    /// <param name="since">The requested revision.</param>
    internal void Recover(JoinedConversation answer, long since)
    {
        foreach (var message in answer.Messages)
            Take(message);

        lock (_gate)
        {
            _window.Recover(answer, since);
            TakeParticipants(answer.Participants, isNews: true);
            if (Interlocked.Exchange(ref _failure, null) is not null)
                Show(new TimelineLoaded(ConversationId));
        }

        Succeed();
    }

    /// <summary>The position at which the conversation is opened.</summary>
    internal TimelineStart Start { get; }

    /// <summary>The sequence up to which messages are loaded; null before the first load.</summary>
    internal long? HeldSequence
    {
        get
        {
            lock (_gate)
                return _window.IsLoaded ? _window.HeldSequence : null;
        }
    }

    /// <summary>Starts with a page, at the first load or after too many changes were missed.</summary>
    internal void Load(JoinedConversation numbers, MessagePage page)
    {
        lock (_gate)
        {
            var isFirst = !_window.IsLoaded;
            _window.Load(numbers, page, _session.Client.ServerTime);
            _held = HeldMessages;
            _isAskedAnew = false;
            _failure = null;
            TakeParticipants(numbers.Participants, isNews: !isFirst);
            Show(new TimelineLoaded(ConversationId));
        }

        Succeed();
    }

    /// <summary>Requests a full reload with the next synchronization: messages may be missing without a gap in the sequence or revision.</summary>
    internal void RequestReload()
    {
        lock (_gate)
            _isAskedAnew = true;
    }

    /// <summary>Sets the reason why the conversation cannot be read. Repeated calls with the same error code do nothing.</summary>
    internal void Fail(MessagingException reason)
    {
        if (Failure?.Code == reason.Code)
            return;

        Volatile.Write(ref _failure, reason);
        var loaded = Loaded;
        if (!loaded.TrySetException(reason))
        {
            loaded = NewLoaded();
            loaded.SetException(reason);
            Volatile.Write(ref _loaded, loaded);
        }

        // Waiters observe the exception. Reading it here avoids an unobserved exception when there are none.
        _ = loaded.Task.Exception;
        Show(new TimelineFailed(ConversationId, reason));
        _progress.Raise();
    }

    /// <summary>Applies the participants of a changed conversation.</summary>
    internal void TakeParticipants(IReadOnlyList<Participant> participants)
    {
        lock (_gate)
            TakeParticipants(participants, isNews: true);
    }

    internal void TakePointer(Guid userId, long lastReadSequence)
    {
        lock (_gate)
        {
            if (_window.TakePointer(userId, lastReadSequence))
                Show(new ReadAdvanced(ConversationId, userId, lastReadSequence));
        }
    }

    internal void TakeTyping(Guid userId, bool isTyping, DateTimeOffset until)
    {
        lock (_gate)
        {
            if (!isTyping)
            {
                StopTyping([userId]);
                return;
            }

            var isNew = !_typing.ContainsKey(userId);
            _typing[userId] = until;
            if (isNew)
                Show(new TypingChanged(ConversationId, [.. _typing.Keys]));
        }
    }

    /// <summary>Removes the messages and typing indicators that have expired at an instant of the server's clock.</summary>
    /// <returns>Whether an unread message of another user was removed, which changes the unread count.</returns>
    internal bool ExpireDueItems(DateTimeOffset now)
    {
        lock (_gate)
        {
            var expired = _window.RemoveExpired(now);
            foreach (var message in expired)
                Show(new MessageExpired(ConversationId, message.Id));

            StopTyping([.. _typing.Where(typing => typing.Value <= now).Select(typing => typing.Key)]);

            return expired.Any(message => message.SenderId != _userId && message.Sequence > _window.ReadBy(_userId));
        }
    }

    /// <summary>Raises <see cref="Changed"/> after a change to the unsent messages, which are kept elsewhere.</summary>
    internal void NotifyChanged() => Listeners.Notify(Changed, _session.Logger);

    private TaskCompletionSource Loaded => Volatile.Read(ref _loaded);

    /// <summary>The start of an enumeration: the given message and its sequence (-1 when it is not loaded), or the newest message without a gap before it.</summary>
    private (Guid? After, long Last) Place(Guid? after)
    {
        lock (_gate)
        {
            return after is { } known
                ? (known, Messages.FirstOrDefault(message => message.Id == known)?.Sequence ?? -1)
                : (_window.NewestComplete?.Id, _window.CompleteSequence);
        }
    }

    private static TaskCompletionSource NewLoaded() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Succeed()
    {
        if (!Loaded.TrySetResult() && !IsLoaded)
        {
            var loaded = NewLoaded();
            loaded.SetResult();
            Volatile.Write(ref _loaded, loaded);
        }

        _progress.Raise();
    }

    private void StopTyping(IReadOnlyList<Guid> userIds)
    {
        var before = _typing.Count;
        foreach (var userId in userIds)
            _typing.Remove(userId);
        if (_typing.Count < before)
            Show(new TypingChanged(ConversationId, [.. _typing.Keys]));
    }

    private void Show(SessionChange change)
    {
        lock (_gate)
        {
            _messages = null;
            if (!_isClosed)
                _session.Notify(change);
        }
    }

    /// <param name="isNews">Whether to report advanced read pointers as changes. False at the first load.</param>
    private void TakeParticipants(IReadOnlyList<Participant> participants, bool isNews)
    {
        Volatile.Write(ref _participants, participants);
        foreach (var participant in participants)
        {
            if (_window.TakePointer(participant.UserId, participant.LastReadSequence) && isNews)
                Show(new ReadAdvanced(ConversationId, participant.UserId, participant.LastReadSequence));
        }
    }

    /// <summary>Loads a page, and repeats that until the page fits to the loaded messages. One load runs at a time.</summary>
    private async Task LoadAsync(Func<Task<bool>> tryLoad, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!await tryLoad().ConfigureAwait(false))
            {
                // During the request, the window was replaced or a message before it changed.
            }
        }
        finally
        {
            _loading.Release();
        }

        _session.CheckForGap(this);
    }

    /// <summary>Loads the page before the window; returns false when it no longer fits to the loaded messages.</summary>
    private async Task<bool> TryLoadEarlierAsync(int limit, CancellationToken cancellationToken)
    {
        Message? first;
        int passedOver;
        WindowMark mark;
        lock (_gate)
        {
            first = _window.HasEarlier ? _window.First : null;
            passedOver = _window.PassedOver;
            mark = _window.Mark;
        }

        if (first is null)
            return true;

        var page = await GetAsync(before: first.Id, limit: limit, cancellationToken: cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (_window.First?.Id != first.Id || _window.PassedOver != passedOver || _window.Mark.Replacements != mark.Replacements)
                return false;

            _window.Prepend(page, _session.Client.ServerTime);
            ShowLoaded();

            return true;
        }
    }

    /// <inheritdoc cref="TryLoadEarlierAsync"/>
    private async Task<bool> TryLoadLaterAsync(int limit, CancellationToken cancellationToken)
    {
        bool hasLater;
        long held;
        WindowMark mark;
        lock (_gate)
            (hasLater, held, mark) = (_window.HasLater, _window.HeldSequence, _window.Mark);
        if (!hasLater)
            return true;

        var page = await GetAsync(afterSequence: held, limit: limit, cancellationToken: cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_window.Append(page, mark, _session.Client.ServerTime))
                return false;

            ShowLoaded();

            return true;
        }
    }

    private async Task ReplaceAsync(Func<Task<MessagePage>> read)
    {
        WindowMark mark;
        lock (_gate)
            mark = _window.Mark;
        var page = await read().ConfigureAwait(false);
        lock (_gate)
        {
            _window.Replace(page, mark, _session.Client.ServerTime);
            _held = HeldMessages;
            ShowLoaded();
        }
    }

    private void ShowLoaded()
    {
        _held = Math.Max(_held, _window.Count + HeldMessages);
        Show(new TimelineLoaded(ConversationId));
        _progress.Raise();
    }

    private Task<MessagePage> GetAsync(
        Guid? before = null, Guid? after = null, long? afterSequence = null, int limit = PageMax, CancellationToken cancellationToken = default) =>
        _session.Messages.GetAsync(ConversationId, before, after, limit, afterSequence: afterSequence, cancellationToken: cancellationToken);

    /// <summary>Returns the next messages of an enumeration: from the loaded messages if they cover the position, otherwise a page from the server.</summary>
    /// <param name="after">The last message that was returned; null when there is none yet.</param>
    /// <param name="last">The sequence up to which all messages were returned; -1 when only <paramref name="after"/> is known.</param>
    private async Task<Next> NextAsync(Guid? after, long last, CancellationToken cancellationToken)
    {
        long complete;
        lock (_gate)
        {
            complete = Math.Max(last, _window.HeldSequence);
            var reachesBack = !_window.HasEarlier || _window.First?.Sequence <= last + 1;
            var reachesOn = !_window.HasLater || last < _window.HeldSequence;
            if (last >= 0 && reachesBack && reachesOn)
                return new Next([.. Messages.Where(message => message.Sequence > last && message.Sequence <= complete)], complete, AtEnd: !_window.HasLater);
        }

        var page = last >= 0
            ? await GetAsync(afterSequence: last, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await GetAsync(after: after, cancellationToken: cancellationToken).ConfigureAwait(false);

        return new Next(page.Messages, page.Messages is [.., var newest] ? newest.Sequence : complete, AtEnd: page.Messages.Count == 0 && last >= 0);
    }

    private static DateTimeOffset? Earliest(DateTimeOffset? one, DateTimeOffset? other) => (one, other) switch
    {
        ({ } first, { } second) => first < second ? first : second,
        _ => one ?? other,
    };

    /// <param name="Last">The sequence up to which all messages are returned, including these.</param>
    /// <param name="AtEnd">Whether there are no more messages at the moment.</param>
    private sealed record Next(IReadOnlyList<Message> Messages, long Last, bool AtEnd);
}
