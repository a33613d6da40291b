using System.Runtime.CompilerServices;

namespace CleanMessaging.Client;

/// <summary>
/// A conversation that is kept in step while it is open: its messages from some place on, mostly the newest, in their order without doubles, what
/// is being sent, who has read how far, who is typing. What it shows is at each moment one consistent picture; <see cref="Changed"/> says when there is another.
/// </summary>
public sealed class ConversationTimeline : IAsyncDisposable
{
    /// <summary>How many messages are held beyond those that were asked for with <see cref="LoadEarlierAsync"/>.</summary>
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

    /// <summary>Raised when anything shown here has changed, also what is on its way.</summary>
    public event Action? Changed;

    /// <summary>Which conversation it is.</summary>
    public Guid ConversationId { get; }

    /// <summary>The visible messages that are held, oldest first.</summary>
    public IReadOnlyList<Message> Messages
    {
        get
        {
            lock (_gate)
                return _messages ??= _window.Messages;
        }
    }

    /// <summary>The user's own messages that the server does not have yet, or has rejected, in the order of their coming.</summary>
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

    /// <summary>Who talks here; empty until it is known.</summary>
    public IReadOnlyList<Participant> Participants => Volatile.Read(ref _participants);

    /// <summary>Whether it was read from the server; until then there is nothing to show but what is on its way, and what comes live.</summary>
    public bool IsLoaded => Loaded.Task.IsCompletedSuccessfully;

    /// <summary>Why it cannot be read, for example <c>conversation.not_found</c>; null while it can.</summary>
    public MessagingException? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether there are messages before those that are held.</summary>
    public bool HasEarlier
    {
        get
        {
            lock (_gate)
                return _window.HasEarlier;
        }
    }

    /// <summary>
    /// Whether there are messages after those that are held. Then a new message is not added until <see cref="LoadLaterAsync"/> has reached it, or
    /// <see cref="LoadNewestAsync"/> has been called.
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
    /// From this sequence on every message that can be read is held: up to the newest one, or to where <see cref="HasLater"/> begins. 0 where the whole
    /// begin of the conversation is held.
    /// </summary>
    public long HeldFromSequence
    {
        get
        {
            lock (_gate)
                return _window is { HasEarlier: true, First: { } first } ? first.Sequence : 0;
        }
    }

    /// <summary>The others who are typing now.</summary>
    public IReadOnlyList<Guid> TypingUsers
    {
        get
        {
            lock (_gate)
                return [.. _typing.Keys];
        }
    }

    /// <summary>How far the other participant has read: everything up to and including this sequence.</summary>
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

    /// <summary>How far the user has read.</summary>
    public long LastReadSequence
    {
        get
        {
            lock (_gate)
                return _window.ReadBy(_userId);
        }
    }

    /// <summary>Waits until it is loaded for the first time.</summary>
    /// <exception cref="MessagingException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was closed before, or <paramref name="cancellationToken"/> was canceled.</exception>
    public Task WaitUntilLoadedAsync(CancellationToken cancellationToken = default) => Loaded.Task.WaitAsync(cancellationToken);

    /// <summary>Saves a message and sends it, however long that takes; it stands in <see cref="Unsent"/> until the server has it.</summary>
    /// <inheritdoc cref="MessagingSession.SendAsync"/>
    public Task<OutboxMessage> SendAsync(
        string content, int? expirationHours = null, long? maxPoints = null, CancellationToken cancellationToken = default)
    {
        _typingNotice.Forget();

        return _session.SendAsync(ConversationId, content, expirationHours, maxPoints, cancellationToken);
    }

    /// <summary>Adds the page before those messages that are held. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadEarlierAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        LoadAsync(() => TryLoadEarlierAsync(limit, cancellationToken), cancellationToken);

    /// <summary>Adds the page after those messages that are held. Does nothing when they reach to the newest one.</summary>
    /// <exception cref="MessagingException">The server rejected the request, or could not be reached.</exception>
    public Task LoadLaterAsync(int limit = 50, CancellationToken cancellationToken = default) =>
        LoadAsync(() => TryLoadLaterAsync(limit, cancellationToken), cancellationToken);

    /// <summary>Holds the newest messages instead of those that are held. Does nothing when those reach to the newest one.</summary>
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
    /// Holds the messages around the user's read pointer instead of those that are held, as at an opening at <see cref="TimelineStart.FirstUnread"/>.
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
    /// Marks everything that is held as read, now or, when the server cannot be asked, as soon as it can while the session runs; also when
    /// this is closed meanwhile.
    /// </summary>
    /// <exception cref="MessagingException">The server rejected the request.</exception>
    public Task MarkReadAsync(CancellationToken cancellationToken = default) =>
        Messages is [.., var newest] ? MarkReadAsync(newest, cancellationToken) : Task.CompletedTask;

    /// <summary>The same for everything up to one of the messages. Does nothing when the user has read on.</summary>
    /// <exception cref="MessagingException">The server rejected the request.</exception>
    public Task MarkReadAsync(Message upTo, CancellationToken cancellationToken = default) =>
        upTo.Sequence > LastReadSequence ? _session.MarkReadAsync(upTo, cancellationToken) : Task.CompletedTask;

    /// <summary>Tells the others that the user is typing, or has stopped to; as often as the user types, it is told as often as needed.</summary>
    public void SetTyping(bool isTyping) => _typingNotice.Set(isTyping);

    /// <summary>
    /// Every visible message after a given one, in order and each once, and then what comes, for as long as the conversation is open. Also
    /// what was missed while away, however much it was.
    /// </summary>
    /// <param name="afterMessageId">A message of the conversation, which may have expired; null for what comes from now on.</param>
    /// <exception cref="MessagingException">It cannot be read.</exception>
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
                // Whoever reads may have taken a while.
                if (message.IsVisibleAt(_session.Client.ServerTime))
                    yield return message;
            }

            after = next.Messages is [.., var newest] ? newest.Id : after;
            last = next.Last;
            if (next.AtEnd)
                await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes it: it is no longer kept in step, and whoever reads from it comes to the end. Does not wait for the server.</summary>
    public ValueTask DisposeAsync()
    {
        _session.Close(this);

        return ValueTask.CompletedTask;
    }

    /// <summary>Counts who has it open.</summary>
    internal void Open() => Interlocked.Increment(ref _openings);

    /// <summary>Whether that was the last one who had it open.</summary>
    internal bool Close() => Interlocked.Decrement(ref _openings) == 0;

    /// <summary>Ends whatever reads from it.</summary>
    internal void End()
    {
        _isClosed = true;
        _typingNotice.Dispose();
        Loaded.TrySetCanceled();
        _progress.Raise();
    }

    /// <summary>The last revision up to which everything is here; null before the first load, and when it is to be read anew.</summary>
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

    /// <summary>When something here ends by itself: a message, or somebody's typing.</summary>
    internal DateTimeOffset? NextDeadline
    {
        get
        {
            lock (_gate)
                return Earliest(_window.NextExpiry, _typing.Count == 0 ? null : _typing.Values.Min());
        }
    }

    /// <summary>Takes a message that was told live or sent.</summary>
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

    /// <summary>Takes an answer that holds everything since what is here.</summary>
    /// <param name="since">The revision that was asked for.</param>
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

    /// <summary>Where it is opened.</summary>
    internal TimelineStart Start { get; }

    /// <summary>The sequence up to which messages are held; null before the first load.</summary>
    internal long? HeldSequence
    {
        get
        {
            lock (_gate)
                return _window.IsLoaded ? _window.HeldSequence : null;
        }
    }

    /// <summary>Begins with a page, for the first time or because too much was missed.</summary>
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

    /// <summary>Lets the next comparison read it anew: something may be missing that no number tells of.</summary>
    internal void RequestReload()
    {
        lock (_gate)
            _isAskedAnew = true;
    }

    /// <summary>It cannot be read. Said once, however often it is found.</summary>
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

        // Whoever waits is told; nobody has to.
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

    /// <summary>Takes out what is over at an instant of the server's clock.</summary>
    /// <returns>Whether something was among it that the user had not read, and that counts as unread no longer.</returns>
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

    /// <summary>Tells that something has changed which is not kept here: what is on its way.</summary>
    internal void NotifyChanged() => Listeners.Notify(Changed, _session.Logger);

    private TaskCompletionSource Loaded => Volatile.Read(ref _loaded);

    /// <summary>Where reading begins: at a message and its sequence, -1 when it is not held; or where nothing is missing now.</summary>
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

    /// <param name="isNews">Whether that somebody has read on is to be told; how far they had read when it was opened is not.</param>
    private void TakeParticipants(IReadOnlyList<Participant> participants, bool isNews)
    {
        Volatile.Write(ref _participants, participants);
        foreach (var participant in participants)
        {
            if (_window.TakePointer(participant.UserId, participant.LastReadSequence) && isNews)
                Show(new ReadAdvanced(ConversationId, participant.UserId, participant.LastReadSequence));
        }
    }

    /// <summary>Loads until a page fits to what is held; one at a time.</summary>
    private async Task LoadAsync(Func<Task<bool>> tryLoad, CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (!await tryLoad().ConfigureAwait(false))
            {
                // The window was replaced, or changed before its begin, while the page was read.
            }
        }
        finally
        {
            _loading.Release();
        }

        _session.CheckForGap(this);
    }

    /// <summary>Returns false when the page does not fit any more to what is held.</summary>
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

    /// <summary>What follows: from what is held as far as that reaches back and on, otherwise pages from the server.</summary>
    /// <param name="after">The message that it follows; null when none was told yet.</param>
    /// <param name="last">The sequence up to which everything was told; -1 when only <paramref name="after"/> is known.</param>
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

    /// <param name="Last">Everything up to this sequence is told with it.</param>
    /// <param name="AtEnd">Whether there is no more until something happens.</param>
    private sealed record Next(IReadOnlyList<Message> Messages, long Last, bool AtEnd);
}
