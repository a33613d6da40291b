using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// Sends what was saved, one message of a conversation after the other, each under its one id until the server has said what became
/// of it. What the server rejects for good stays here with the reason; it does not hold up what comes after it.
/// </summary>
/// <remarks>
/// What is promised is stored before it is shown: a new message, another attempt, giving up. What was learned from the server is shown
/// before it is stored: should storing fail, the message is sent once more after the next start, and the server says the same again.
/// </remarks>
internal sealed partial class Outbox : IAsyncDisposable
{
    private readonly Lock _gate = new();

    /// <summary>One step in the store at a time, so that it ends up with what is shown.</summary>
    private readonly SemaphoreSlim _storing = new(1, 1);

    private readonly List<OutboxMessage> _messages = [];

    /// <summary>What the server has and the store does not know of yet.</summary>
    private readonly HashSet<Guid> _acknowledged = [];

    private readonly Dictionary<Guid, Task> _senders = [];
    private readonly Signal _woken = new();
    private readonly Signal _progress = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;
    private readonly MessagesClient _api;
    private readonly IOutboxStore _store;
    private readonly Backoff _backoff;
    private readonly TimeProvider _clock;
    private readonly ServerClock _serverClock;
    private readonly ILogger _logger;
    private DateTimeOffset _lastQueued;
    private bool _hasEnded;

    public Outbox(MessagesClient api, IOutboxStore store, Backoff backoff, TimeProvider clock, ServerClock serverClock, ILogger logger)
    {
        _api = api;
        _store = store;
        _backoff = backoff;
        _clock = clock;
        _serverClock = serverClock;
        _logger = logger;
        _stopped = _stopping.Token;
    }

    /// <summary>Raised with what has changed.</summary>
    public event Action<OutboxMessage, OutboxState>? Changed;

    /// <summary>Raised when the server has a message, before it is taken out.</summary>
    public event Action<SentMessage>? Sent;

    /// <summary>Everything that waits or was rejected, in the order of its coming.</summary>
    public IReadOnlyList<OutboxMessage> All
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    /// <summary>What waits or was rejected in one conversation, in the order of its coming.</summary>
    public IReadOnlyList<OutboxMessage> Of(Guid conversationId)
    {
        lock (_gate)
            return [.. _messages.Where(message => message.ConversationId == conversationId)];
    }

    /// <summary>Takes over what an earlier process has left, or another one that shares the store, and sends it.</summary>
    public async Task LoadAsync(Guid senderId, CancellationToken cancellationToken)
    {
        using (await StoreAsync(cancellationToken).ConfigureAwait(false))
        {
            var loaded = await _store.LoadAsync(senderId, cancellationToken).ConfigureAwait(false);
            foreach (var message in loaded.Where(IsUnknown).OrderBy(message => message.QueuedAt))
                Show(message, isNew: true);
        }
    }

    /// <summary>Saves a new message, then sends it.</summary>
    public async Task<OutboxMessage> AddAsync(
        Guid senderId, Guid conversationId, string content, int? expirationHours, long? maxPoints, CancellationToken cancellationToken)
    {
        using (await StoreAsync(cancellationToken).ConfigureAwait(false))
        {
            var at = NextTime();
            var message = new OutboxMessage(
                Guid.CreateVersion7(at), senderId, conversationId, content, expirationHours, maxPoints, at, Failure: null);
            await _store.SaveAsync(message, cancellationToken).ConfigureAwait(false);
            Show(message, isNew: true);

            return message;
        }
    }

    /// <summary>Tries a rejected message again, under the same id.</summary>
    public async Task RetryAsync(Guid clientMessageId, long? maxPoints, CancellationToken cancellationToken)
    {
        using (await StoreAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Find(clientMessageId) is not { Failure: not null } rejected)
                return;

            var again = rejected with { Failure = null, MaxPoints = maxPoints };
            await _store.SaveAsync(again, cancellationToken).ConfigureAwait(false);
            Show(again, isNew: false);
        }
    }

    /// <summary>Gives a message up. One that is under way may arrive all the same.</summary>
    public async Task DiscardAsync(Guid clientMessageId, CancellationToken cancellationToken)
    {
        using (await StoreAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Find(clientMessageId) is null)
                return;

            await _store.RemoveAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
            if (TakeOut(clientMessageId) is { } discarded)
                Notify(discarded, OutboxState.Discarded);
        }
    }

    /// <summary>Takes a message out that the server has.</summary>
    public async Task AcknowledgeAsync(Guid clientMessageId)
    {
        OutboxMessage? sent;
        lock (_gate)
        {
            sent = TakeOut(clientMessageId);
            if (sent is null)
                return;

            _acknowledged.Add(clientMessageId);
        }

        Notify(sent, OutboxState.Sent);
        try
        {
            using (await StoreAsync(CancellationToken.None).ConfigureAwait(false))
            {
                await _store.RemoveAsync(clientMessageId, CancellationToken.None).ConfigureAwait(false);
                lock (_gate)
                    _acknowledged.Remove(clientMessageId);
            }
        }
        catch (Exception exception)
        {
            Log.NotStored(_logger, exception, clientMessageId);
        }
    }

    /// <summary>Waits until everything is sent, rejected or given up.</summary>
    /// <exception cref="OperationCanceledException">It was canceled, or ended before.</exception>
    public async Task WaitUntilSentAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var progress = _progress.Next;
            if (All.All(message => message.Failure is not null))
                return;

            _stopped.ThrowIfCancellationRequested();
            await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries at once what waits for its next attempt.</summary>
    public void Wake() => _woken.Raise();

    public async ValueTask DisposeAsync()
    {
        Task[] senders;
        lock (_gate)
        {
            if (_hasEnded)
                return;

            _hasEnded = true;
            senders = [.. _senders.Values];
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _progress.Raise();
        await Task.WhenAll(senders).ConfigureAwait(false);
        _stopping.Dispose();

        // What is being stored is stored to its end.
        (await StoreAsync(CancellationToken.None).ConfigureAwait(false)).Dispose();
    }

    private async Task<IDisposable> StoreAsync(CancellationToken cancellationToken)
    {
        await _storing.WaitAsync(cancellationToken).ConfigureAwait(false);

        return new Storing(_storing);
    }

    /// <param name="isNew">Otherwise it is shown only in place of the one with its id, which may have gone meanwhile.</param>
    private void Show(OutboxMessage message, bool isNew)
    {
        lock (_gate)
        {
            var place = _messages.FindIndex(known => known.ClientMessageId == message.ClientMessageId);
            if (place >= 0)
                _messages[place] = message;
            else if (isNew)
                Insert(message);
            else
                return;
        }

        Notify(message, message.Failure is null ? OutboxState.Waiting : OutboxState.Failed);
        if (message.Failure is null)
            StartSending(message.ConversationId);
    }

    /// <summary>In the order of their coming, also when it came from another process.</summary>
    private void Insert(OutboxMessage message)
    {
        var next = _messages.FindIndex(known => known.QueuedAt > message.QueuedAt);
        _messages.Insert(next < 0 ? _messages.Count : next, message);
        if (message.QueuedAt > _lastQueued)
            _lastQueued = message.QueuedAt;
    }

    private void Notify(OutboxMessage message, OutboxState state)
    {
        Changed?.Invoke(message, state);
        _progress.Raise();
    }

    private void StartSending(Guid conversationId)
    {
        lock (_gate)
        {
            if (!_hasEnded && !_senders.ContainsKey(conversationId))
                _senders[conversationId] = Task.Run(() => SendAllAsync(conversationId), CancellationToken.None);
        }
    }

    private async Task SendAllAsync(Guid conversationId)
    {
        var failures = 0;
        while (NextOf(conversationId) is { } message)
        {
            var woken = _woken.Next;
            try
            {
                await SendAsync(message).ConfigureAwait(false);
                failures = 0;
            }
            catch (Exception exception) when (exception is SignedOutException || _stopped.IsCancellationRequested)
            {
                // What waits stays saved, for the next session.
                lock (_gate)
                    _senders.Remove(conversationId);
                return;
            }
            catch (Exception exception)
            {
                // No answer, or one that asks to come again.
                Log.NotSent(_logger, message.ClientMessageId, (exception as MessagingException)?.Code ?? exception.GetType().Name);
                await _backoff.PauseAsync(++failures, exception, woken, _clock, _stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SendAsync(OutboxMessage message)
    {
        try
        {
            var sent = await _api.SendAsync(
                message.ConversationId, message.Content, message.ClientMessageId, message.ExpirationHours, message.MaxPoints, _stopped)
                .ConfigureAwait(false);
            Sent?.Invoke(sent);
            await AcknowledgeAsync(message.ClientMessageId).ConfigureAwait(false);
        }
        catch (MessagingException rejection) when (!rejection.IsRetryable && rejection is not (SignedOutException or ServerUnavailableException))
        {
            await RejectAsync(message with { Failure = SendFailure.Of(rejection) }).ConfigureAwait(false);
        }
    }

    private async Task RejectAsync(OutboxMessage rejected)
    {
        using (await StoreAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Show(rejected, isNew: false);
            try
            {
                if (Find(rejected.ClientMessageId) is not null)
                    await _store.SaveAsync(rejected, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Log.NotStored(_logger, exception, rejected.ClientMessageId);
            }
        }
    }

    /// <summary>The next message to send; when there is none, the conversation's sender is over.</summary>
    private OutboxMessage? NextOf(Guid conversationId)
    {
        lock (_gate)
        {
            var next = _messages.Find(message => message.ConversationId == conversationId && message.Failure is null);
            if (next is null)
                _senders.Remove(conversationId);

            return next;
        }
    }

    /// <summary>Whether it is not known, or known otherwise.</summary>
    private bool IsUnknown(OutboxMessage stored)
    {
        lock (_gate)
            return !_acknowledged.Contains(stored.ClientMessageId) && Find(stored.ClientMessageId) != stored;
    }

    private OutboxMessage? Find(Guid clientMessageId)
    {
        lock (_gate)
            return _messages.Find(message => message.ClientMessageId == clientMessageId);
    }

    private OutboxMessage? TakeOut(Guid clientMessageId)
    {
        lock (_gate)
        {
            var place = _messages.FindIndex(message => message.ClientMessageId == clientMessageId);
            if (place < 0)
                return null;

            var taken = _messages[place];
            _messages.RemoveAt(place);

            return taken;
        }
    }

    /// <summary>Later than every message before it, also when the clock went back. The server's, because beside it stand messages that have come.</summary>
    private DateTimeOffset NextTime()
    {
        var now = _serverClock.Now;
        lock (_gate)
            return _lastQueued = now > _lastQueued ? now : _lastQueued.AddTicks(1);
    }

    private sealed class Storing(SemaphoreSlim storing) : IDisposable
    {
        public void Dispose() => storing.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Message {ClientMessageId} was not sent yet: {Reason}")]
        public static partial void NotSent(ILogger logger, Guid clientMessageId, string reason);

        [LoggerMessage(2, LogLevel.Warning, "What became of message {ClientMessageId} could not be stored")]
        public static partial void NotStored(ILogger logger, Exception exception, Guid clientMessageId);
    }
}
