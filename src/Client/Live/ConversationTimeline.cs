using System.Runtime.CompilerServices;

namespace CleanMessaging.Client;

/// <summary>
/// A conversation that is kept in step while it is open: its newest messages in their order without doubles, what is on its way, who
/// has read how far, who is typing. What it shows is at each moment one consistent picture; <see cref="Changed"/> says when there is another.
/// </summary>
public sealed class ConversationTimeline : IAsyncDisposable
{
    /// <summary>How many messages are held beyond those that were asked for with <see cref="LoadEarlierAsync"/>.</summary>
    internal const int HeldMessages = 1_000;

    private const int TrimmedAtOnce = 200;

    private readonly Lock _gate = new();
    private readonly Window _window = new();
    private readonly Dictionary<Guid, DateTimeOffset> _typing = [];
    private readonly MessagingSession _session;
    private readonly Guid _userId;
    private readonly TypingNotice _typingNotice;
    private readonly SemaphoreSlim _loadingEarlier = new(1, 1);
    private readonly Signal _progress = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<Message> _messages = [];
    private IReadOnlyList<Participant> _participants = [];
    private int _held = HeldMessages;
    private int _openings;
    private long _readWanted;
    private volatile bool _isClosed;

    internal ConversationTimeline(MessagingSession session, Guid conversationId)
    {
        _session = session;
        _userId = session.User.Id;
        _typingNotice = new TypingNotice(session, conversationId);
        ConversationId = conversationId;
    }

    /// <summary>Raised when anything shown here has changed, also what is on its way.</summary>
    public event Action? Changed;

    /// <summary>Which conversation it is.</summary>
    public Guid ConversationId { get; }

    /// <summary>The visible messages that are held, oldest first.</summary>
    public IReadOnlyList<Message> Messages => Volatile.Read(ref _messages);

    /// <summary>The user's own messages that the server does not have yet, or has refused, in the order of their coming.</summary>
    public IReadOnlyList<OutboxMessage> Unsent
    {
        get
        {
            var known = Messages.Select(message => message.ClientMessageId).ToHashSet();

            return [.. _session.Outbox.Of(ConversationId).Where(message => !known.Contains(message.ClientMessageId))];
        }
    }

    /// <summary>Who talks here; empty until it is loaded.</summary>
    public IReadOnlyList<Participant> Participants => Volatile.Read(ref _participants);

    /// <summary>Whether it was read from the server; until then there is nothing to show but what is on its way.</summary>
    public bool IsLoaded => _loaded.Task.IsCompletedSuccessfully;

    /// <summary>Why it cannot be read, for example <c>conversation.not_found</c>; null while it can.</summary>
    public MessagingException? Failure { get; private set; }

    /// <summary>Whether there are messages before those that are held.</summary>
    public bool HasEarlier
    {
        get
        {
            lock (_gate)
                return _window.HasEarlier;
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
    public Task WaitUntilLoadedAsync(CancellationToken cancellationToken = default) => _loaded.Task.WaitAsync(cancellationToken);

    /// <summary>Saves a message and sends it, however long that takes; it stands in <see cref="Unsent"/> until the server has it.</summary>
    /// <inheritdoc cref="MessagingSession.SendAsync"/>
    public Task<OutboxMessage> SendAsync(
        string content, int? expirationHours = null, long? maxPoints = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(ConversationId, content, expirationHours, maxPoints, cancellationToken);

    /// <summary>Adds the page before those messages that are held. Does nothing when there is none.</summary>
    /// <exception cref="MessagingException">The server refused, or could not be asked.</exception>
    public async Task LoadEarlierAsync(int limit = 50, CancellationToken cancellationToken = default)
    {
        await _loadingEarlier.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Message? first;
            lock (_gate)
                first = _window.HasEarlier ? _window.First : null;
            if (first is null)
                return;

            var page = await _session.Client.Messages.GetAsync(ConversationId, before: first.Id, limit: limit, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            lock (_gate)
            {
                // Read anew meanwhile: this page no longer ends where the window begins.
                if (_window.First?.Id != first.Id)
                    return;

                _window.Prepend(page, _session.Client.ServerTime);
                _held = Math.Max(_held, _window.Messages.Count + HeldMessages);
                Show(new TimelineLoaded(ConversationId));
            }
        }
        finally
        {
            _loadingEarlier.Release();
        }
    }

    /// <summary>Marks everything that is held as read, now or as soon as the server can be asked.</summary>
    public Task MarkReadAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (Messages is not [.., var newest] || newest.Sequence <= Math.Max(_readWanted, _window.ReadBy(_userId)))
                return Task.CompletedTask;

            _readWanted = newest.Sequence;
        }

        return SendReadAsync(cancellationToken);
    }

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
        await WaitUntilLoadedAsync(cancellationToken).ConfigureAwait(false);
        var after = afterMessageId ?? (Messages is [.., var held] ? held.Id : null);
        var last = afterMessageId is null ? CompleteSequence : -1;
        while (true)
        {
            var progress = _progress.Next;
            if (_isClosed)
                yield break;

            if (Failure is { } failure)
                throw failure;

            var next = await NextAsync(after, last, cancellationToken).ConfigureAwait(false);
            foreach (var message in next.Messages)
                yield return message;

            after = next.Messages is [.., var newest] ? newest.Id : after;
            last = next.Last;
            if (next.AtEnd)
                await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes it: it is no longer kept in step.</summary>
    public async ValueTask DisposeAsync() => await _session.CloseAsync(this).ConfigureAwait(false);

    /// <summary>Counts who has it open.</summary>
    internal void Open() => Interlocked.Increment(ref _openings);

    /// <summary>Whether that was the last one who had it open.</summary>
    internal bool Close() => Interlocked.Decrement(ref _openings) == 0;

    /// <summary>Ends whatever reads from it.</summary>
    internal void End()
    {
        _isClosed = true;
        _progress.Raise();
    }

    /// <summary>The last revision up to which everything is here; null before the first load.</summary>
    internal long? Revision
    {
        get
        {
            lock (_gate)
                return _window.IsLoaded ? _window.Revision : null;
        }
    }

    /// <summary>Everything up to this sequence is here, as far as the window reaches back, or has expired.</summary>
    internal long CompleteSequence
    {
        get
        {
            lock (_gate)
                return _window.CompleteSequence;
        }
    }

    internal bool HasHole
    {
        get
        {
            lock (_gate)
                return _window.HasHole;
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
            if (_window.Messages.Count > _held + TrimmedAtOnce)
                _window.Trim(_held);
            _typing.Remove(message.SenderId);
            if (taken == Taken.Added)
                Show(new MessageAdded(message));
            else if (taken == Taken.Changed)
                Show(new MessageChanged(message));
            else
                _progress.Raise();
        }
    }

    /// <summary>Takes an answer that holds everything since what is here.</summary>
    internal void Recover(JoinedConversation answer)
    {
        foreach (var message in answer.Messages)
            Take(message);

        lock (_gate)
        {
            _window.Recover(answer);
            TakeParticipants(answer.Participants);
            _progress.Raise();
        }
    }

    /// <summary>Begins with the newest page, for the first time or because too much was missed.</summary>
    internal void Load(JoinedConversation numbers, MessagePage newest)
    {
        lock (_gate)
        {
            _window.Load(numbers, newest, _session.Client.ServerTime);
            _held = HeldMessages;
            TakeParticipants(numbers.Participants);
            Failure = null;
            Show(new TimelineLoaded(ConversationId));
        }

        _loaded.TrySetResult();
    }

    internal void Fail(MessagingException reason)
    {
        Failure = reason;
        _loaded.TrySetException(reason);
        _ = _loaded.Task.Exception;
        Show(new TimelineFailed(ConversationId, reason));
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
            var changed = isTyping ? !_typing.ContainsKey(userId) : _typing.Remove(userId);
            if (isTyping)
                _typing[userId] = until;
            if (changed)
                Show(new TypingChanged(ConversationId, [.. _typing.Keys]));
        }
    }

    /// <summary>Takes out what is over at an instant of the server's clock.</summary>
    internal void EndDue(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var message in _window.RemoveExpired(now))
                Show(new MessageExpired(ConversationId, message.Id));

            var silent = _typing.Where(typing => typing.Value <= now).Select(typing => typing.Key).ToList();
            if (silent.Count == 0)
                return;

            foreach (var userId in silent)
                _typing.Remove(userId);
            Show(new TypingChanged(ConversationId, [.. _typing.Keys]));
        }
    }

    /// <summary>Says again what could not be said: how far the user has read.</summary>
    internal async Task SendReadAsync(CancellationToken cancellationToken)
    {
        Message? upTo;
        lock (_gate)
            upTo = _readWanted > _window.ReadBy(_userId) ? Messages.LastOrDefault(message => message.Sequence <= _readWanted) : null;
        if (upTo is null)
            return;

        try
        {
            var marked = await _session.Client.Messages.MarkReadAsync(ConversationId, [upTo.Id], cancellationToken).ConfigureAwait(false);
            TakePointer(_userId, marked.LastReadSequence);
        }
        catch (MessagingException exception) when (exception.IsRetryable || exception is ServerUnavailableException or SignedOutException)
        {
            // Said again with the next connection.
        }
    }

    /// <summary>Tells that something has changed which is not kept here: what is on its way.</summary>
    internal void TellChanged() => Changed?.Invoke();

    private void Show(SessionChange change)
    {
        lock (_gate)
        {
            Volatile.Write(ref _messages, _window.Messages);
            _session.Tell(change);
        }

        _progress.Raise();
    }

    private void TakeParticipants(IReadOnlyList<Participant> participants)
    {
        Volatile.Write(ref _participants, participants);
        foreach (var participant in participants)
            TakePointer(participant.UserId, participant.LastReadSequence);
    }

    /// <summary>What follows: from what is held as far as that reaches back, otherwise a page from the server.</summary>
    /// <param name="after">The message that it follows; null when none was told yet.</param>
    /// <param name="last">The sequence up to which everything was told; -1 when only <paramref name="after"/> is known.</param>
    private async Task<Next> NextAsync(Guid? after, long last, CancellationToken cancellationToken)
    {
        long complete;
        lock (_gate)
        {
            complete = _window.CompleteSequence;
            var reachesBack = !_window.HasEarlier || _window.First?.Sequence <= last + 1;
            if (last >= 0 && reachesBack)
                return new Next([.. Messages.Where(message => message.Sequence > last && message.Sequence <= complete)], complete, AtEnd: true);
        }

        if (after is { } anchor)
        {
            var page = await _session.Client.Messages.GetAsync(ConversationId, after: anchor, limit: 100, cancellationToken: cancellationToken)
                .ConfigureAwait(false);

            return page.Messages is [.., var newest] ? new Next(page.Messages, newest.Sequence, AtEnd: false) : new Next([], complete, AtEnd: false);
        }

        // Nothing to count from: the window has to reach back.
        await LoadEarlierAsync(limit: 100, cancellationToken).ConfigureAwait(false);

        return new Next([], last, AtEnd: false);
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
