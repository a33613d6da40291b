using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// The send queue: saves messages and changes of earlier messages, and sends them in order, one at a time for each conversation. Retries
/// each under the same id until the server accepts or rejects it. A rejected one stays in the queue with the reason and does not block
/// later ones.
/// </summary>
/// <remarks>
/// Actions of the user (a new message, a retry, discarding) are stored before they become visible. Results from the server become visible
/// before they are stored: if storing fails, the message is sent again after the next start, and the server returns the same result.
/// </remarks>
internal sealed partial class SendQueue : IAsyncDisposable
{
    private readonly Lock _gate = new();

    private readonly SendQueueEntries _messages;
    private readonly Dictionary<Guid, Task> _senders = [];
    private readonly Signal _woken = new();
    private readonly Signal _progress = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;
    private readonly SendQueueCalls _calls;
    private readonly LockedStore _store;
    private readonly Backoff _backoff;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private bool _hasEnded;

    public SendQueue(
        SendQueueCalls calls, ISendQueueStore store, Backoff backoff, TimeProvider clock, ServerClock serverClock, ILogger logger)
    {
        _calls = calls;
        _store = new LockedStore(store, logger);
        _backoff = backoff;
        _clock = clock;
        _messages = new SendQueueEntries(serverClock);
        _logger = logger;
        _stopped = _stopping.Token;
    }

    /// <summary>Raised with the message that changed and its new state.</summary>
    public event Action<QueuedMessage, QueuedMessageState>? Changed;

    /// <summary>All waiting and rejected messages and changes, in the order in which they were queued.</summary>
    public IReadOnlyList<QueuedMessage> All => _messages.All;

    /// <summary>Returns the waiting and rejected messages and changes of one conversation, in the order of the queue.</summary>
    public IReadOnlyList<QueuedMessage> Of(Guid conversationId) => _messages.Of(conversationId);

    /// <summary>Loads the messages that an earlier process, or another process with the same store, has left, and sends them.</summary>
    public async Task LoadAsync(Guid senderId, CancellationToken cancellationToken)
    {
        using (await _store.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            var loaded = await _store.LoadAsync(senderId, cancellationToken).ConfigureAwait(false);
            foreach (var message in loaded.Where(_messages.IsUnknown).OrderBy(message => message.QueuedAt))
                Show(message with { NeverAttempted = message.NeverAttempted && !_messages.IsAttempted(message) }, isNew: true);
        }
    }

    /// <summary>Saves a new message, then sends it.</summary>
    public async Task<QueuedMessage> AddAsync(Guid senderId, Guid conversationId, NewMessage added, CancellationToken cancellationToken)
    {
        using (await _store.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            var at = _messages.NextTime();
            var message = new QueuedMessage(
                Guid.CreateVersion7(at), senderId, conversationId, added.Content, added.ExpirationHours, added.MaxPoints, at, Failure: null)
            {
                NeverExpires = added.NeverExpires,
                ReplyToSequence = added.ReplyToSequence,
                Attachments = added.Attachments ?? [],
                NeverAttempted = !BeginsAtOnce(conversationId),
            };
            await _store.SaveAsync(message, cancellationToken).ConfigureAwait(false);
            Show(message, isNew: true);

            return message;
        }
    }

    /// <summary>Sends a rejected message again, under the same id.</summary>
    public async Task RetryAsync(Guid clientMessageId, long? maxPoints, CancellationToken cancellationToken)
    {
        using (await _store.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_messages.Find(clientMessageId) is not { Failure: not null } rejected)
                return;

            var again = rejected with { Failure = null, MaxPoints = maxPoints };
            await _store.SaveAsync(again, cancellationToken).ConfigureAwait(false);
            Show(again, isNew: false);
        }
    }

    /// <summary>Discards a message. A message that is being sent may still be accepted.</summary>
    public async Task DiscardAsync(Guid clientMessageId, CancellationToken cancellationToken)
    {
        using (await _store.LockAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_messages.Find(clientMessageId) is not null)
                await RemoveAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes a message that the server has accepted.</summary>
    public async Task AcknowledgeAsync(Guid clientMessageId)
    {
        if (_messages.Acknowledge(clientMessageId) is not { } sent)
            return;

        Notify(sent, QueuedMessageState.Sent);
        using (await _store.LockAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (await _store.TryRemoveAsync(clientMessageId).ConfigureAwait(false))
                _messages.Forget(clientMessageId);
        }
    }

    /// <summary>Waits until every message is sent, rejected or discarded.</summary>
    /// <exception cref="OperationCanceledException">The wait was canceled, or the session ended first.</exception>
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

    /// <summary>Starts the next attempt of waiting messages at once.</summary>
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
        await _store.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken)
    {
        await _store.RemoveAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
        RemoveFromMemory(clientMessageId);
    }

    /// <summary>Removes a message that is not stored any more.</summary>
    private void RemoveFromMemory(Guid clientMessageId)
    {
        if (_messages.Remove(clientMessageId) is { } discarded)
            Notify(discarded, QueuedMessageState.Discarded);
    }

    /// <param name="isNew">
    /// Whether to add the message if it is missing. Otherwise it only replaces the one with its id, which may have been removed.
    /// </param>
    private void Show(QueuedMessage message, bool isNew)
    {
        if (!_messages.Put(message, isNew))
            return;

        Notify(message, message.Failure is null ? QueuedMessageState.Waiting : QueuedMessageState.Failed);
        if (message.Failure is null)
            StartSending(message.ConversationId);
    }

    private void Notify(QueuedMessage message, QueuedMessageState state)
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
        while (NextOf(conversationId) is { } next)
        {
            var woken = _woken.Next;
            try
            {
                if (next.NeverAttempted && IsUnreachable())
                    await Signal.WaitAsync(woken, _unreachableCheck, _clock, _stopped).ConfigureAwait(false);
                else if (await MarkAttemptedAsync(next, failures).ConfigureAwait(false) is { } message)
                    await SendAsync(message).ConfigureAwait(false);
                failures = 0;
            }
            catch (Exception exception) when (exception is SignedOutException || _stopped.IsCancellationRequested)
            {
                // Waiting messages stay in the store for the next session.
                lock (_gate)
                    _senders.Remove(conversationId);
                return;
            }
            catch (Exception exception)
            {
                // No response, or a retryable error.
                Log.NotSent(_logger, next.ClientMessageId, (exception as MessagingException)?.Code ?? exception.GetType().Name);
                await _backoff.PauseAsync(++failures, exception, woken, _clock, _stopped)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SendAsync(QueuedMessage message)
    {
        try
        {
            var edited = await _calls.RunAsync(message, _stopped).ConfigureAwait(false);
            await AcknowledgeAsync(message.ClientMessageId).ConfigureAwait(false);
            if (edited is not null)
                await RebaseAsync(edited).ConfigureAwait(false);
        }
        catch (MessagingException rejection) when (
            !rejection.IsRetryable && rejection is not (SignedOutException or ServerUnavailableException))
        {
            await RejectAsync(message with { Failure = SendFailure.Of(rejection) }).ConfigureAwait(false);
        }
    }

    private async Task RejectAsync(QueuedMessage rejected)
    {
        using (await _store.LockAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Show(rejected, isNew: false);
            if (_messages.Find(rejected.ClientMessageId) is not null)
                await _store.TrySaveAsync(rejected).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the next message to send; null when there is none, which ends the conversation's sender.</summary>
    private QueuedMessage? NextOf(Guid conversationId)
    {
        lock (_gate)
        {
            var next = _messages.NextOf(conversationId);
            if (next is null)
                _senders.Remove(conversationId);

            return next;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Sending message {ClientMessageId} failed ({Reason}); the client will retry")]
        public static partial void NotSent(ILogger logger, Guid clientMessageId, string reason);
    }
}
