using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// The send queue: saves messages and sends them, one at a time for each conversation. Retries a message under the same id until the server
/// accepts or rejects it. A rejected message stays in the queue with the reason and does not block later messages.
/// </summary>
/// <remarks>
/// Actions of the user (a new message, a retry, discarding) are stored before they become visible. Results from the server become visible
/// before they are stored: if storing fails, the message is sent again after the next start, and the server returns the same result.
/// </remarks>
internal sealed partial class SendQueue : IAsyncDisposable
{
    private readonly Lock _gate = new();

    /// <summary>Serializes the writes to the store, so that it ends in the same state as the queue.</summary>
    private readonly SemaphoreSlim _storing = new(1, 1);

    private readonly SendQueueEntries _messages;
    private readonly Dictionary<Guid, Task> _senders = [];
    private readonly Signal _woken = new();
    private readonly Signal _progress = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;
    private readonly MessagesClient _api;
    private readonly ISendQueueStore _store;
    private readonly Backoff _backoff;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private bool _hasEnded;

    public SendQueue(
        MessagesClient api, ISendQueueStore store, Backoff backoff, TimeProvider clock, ServerClock serverClock, ILogger logger)
    {
        _api = api;
        _store = store;
        _backoff = backoff;
        _clock = clock;
        _messages = new SendQueueEntries(serverClock);
        _logger = logger;
        _stopped = _stopping.Token;
    }

    /// <summary>Raised with the message that changed and its new state.</summary>
    public event Action<QueuedMessage, QueuedMessageState>? Changed;

    /// <summary>Raised when the server has accepted a message, before the message is removed from the queue.</summary>
    public event Action<SentMessage>? Sent;

    /// <summary>All waiting and rejected messages, in the order in which they were queued.</summary>
    public IReadOnlyList<QueuedMessage> All => _messages.All;

    /// <summary>Returns the waiting and rejected messages of one conversation, in the order in which they were queued.</summary>
    public IReadOnlyList<QueuedMessage> Of(Guid conversationId) => _messages.Of(conversationId);

    /// <summary>Loads the messages that an earlier process, or another process with the same store, has left, and sends them.</summary>
    public async Task LoadAsync(Guid senderId, CancellationToken cancellationToken)
    {
        using (await LockStoreAsync(cancellationToken).ConfigureAwait(false))
        {
            var loaded = await _store.LoadAsync(senderId, cancellationToken).ConfigureAwait(false);
            foreach (var message in loaded.Where(_messages.IsUnknown).OrderBy(message => message.QueuedAt))
                Show(message, isNew: true);
        }
    }

    /// <summary>Saves a new message, then sends it.</summary>
    public async Task<QueuedMessage> AddAsync(
        Guid senderId, Guid conversationId, string content, int? expirationHours, long? maxPoints, CancellationToken cancellationToken)
    {
        using (await LockStoreAsync(cancellationToken).ConfigureAwait(false))
        {
            var at = _messages.NextTime();
            var message = new QueuedMessage(
                Guid.CreateVersion7(at), senderId, conversationId, content, expirationHours, maxPoints, at, Failure: null);
            await _store.SaveAsync(message, cancellationToken).ConfigureAwait(false);
            Show(message, isNew: true);

            return message;
        }
    }

    /// <summary>Sends a rejected message again, under the same id.</summary>
    public async Task RetryAsync(Guid clientMessageId, long? maxPoints, CancellationToken cancellationToken)
    {
        using (await LockStoreAsync(cancellationToken).ConfigureAwait(false))
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
        using (await LockStoreAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_messages.Find(clientMessageId) is null)
                return;

            await _store.RemoveAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
            if (_messages.Remove(clientMessageId) is { } discarded)
                Notify(discarded, QueuedMessageState.Discarded);
        }
    }

    /// <summary>Removes a message that the server has accepted.</summary>
    public async Task AcknowledgeAsync(Guid clientMessageId)
    {
        if (_messages.Acknowledge(clientMessageId) is not { } sent)
            return;

        Notify(sent, QueuedMessageState.Sent);
        try
        {
            using (await LockStoreAsync(CancellationToken.None).ConfigureAwait(false))
            {
                await _store.RemoveAsync(clientMessageId, CancellationToken.None).ConfigureAwait(false);
                _messages.Forget(clientMessageId);
            }
        }
        catch (Exception exception)
        {
            Log.NotStored(_logger, exception, clientMessageId);
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

        // Waits for a write to the store that is in progress.
        (await LockStoreAsync(CancellationToken.None).ConfigureAwait(false)).Dispose();
    }

    private async Task<IDisposable> LockStoreAsync(CancellationToken cancellationToken)
    {
        await _storing.WaitAsync(cancellationToken).ConfigureAwait(false);

        return new Storing(_storing);
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
                // Waiting messages stay in the store for the next session.
                lock (_gate)
                    _senders.Remove(conversationId);
                return;
            }
            catch (Exception exception)
            {
                // No response, or a retryable error.
                Log.NotSent(_logger, message.ClientMessageId, (exception as MessagingException)?.Code ?? exception.GetType().Name);
                await _backoff.PauseAsync(++failures, exception, woken, _clock, _stopped)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SendAsync(QueuedMessage message)
    {
        try
        {
            var sent = await _api.SendAsync(
                message.ConversationId, message.Content, message.ClientMessageId, message.ExpirationHours, message.MaxPoints, _stopped)
                .ConfigureAwait(false);
            Sent?.Invoke(sent);
            await AcknowledgeAsync(message.ClientMessageId).ConfigureAwait(false);
        }
        catch (MessagingException rejection) when (
            !rejection.IsRetryable && rejection is not (SignedOutException or ServerUnavailableException))
        {
            await RejectAsync(message with { Failure = SendFailure.Of(rejection) }).ConfigureAwait(false);
        }
    }

    private async Task RejectAsync(QueuedMessage rejected)
    {
        using (await LockStoreAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Show(rejected, isNew: false);
            try
            {
                if (_messages.Find(rejected.ClientMessageId) is not null)
                    await _store.SaveAsync(rejected, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Log.NotStored(_logger, exception, rejected.ClientMessageId);
            }
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

    private sealed class Storing(SemaphoreSlim storing) : IDisposable
    {
        public void Dispose() => storing.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Sending message {ClientMessageId} failed ({Reason}); the client will retry")]
        public static partial void NotSent(ILogger logger, Guid clientMessageId, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The result of sending message {ClientMessageId} could not be stored; after a restart the client will send it again")]
        public static partial void NotStored(ILogger logger, Exception exception, Guid clientMessageId);
    }
}
