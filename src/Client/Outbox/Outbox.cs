using Microsoft.Extensions.Logging;

namespace CleanMessaging.Client;

/// <summary>
/// Sends what was saved, one message of a conversation after the other, each under its one id until the server has said what became
/// of it. What the server refuses for good stays here with the reason; it does not hold up what comes after it.
/// </summary>
internal sealed partial class Outbox(MessagesClient messages, IOutboxStore store, Backoff backoff, TimeProvider clock, ILogger logger)
    : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<OutboxMessage> _messages = [];
    private readonly Dictionary<Guid, Task> _senders = [];
    private readonly Signal _woken = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Raised with what has changed, and whether the message is still here.</summary>
    public event Action<OutboxMessage, OutboxState>? Changed;

    /// <summary>Raised when the server has a message, before it is taken out.</summary>
    public event Action<SentMessage>? Sent;

    /// <summary>What waits or was refused in one conversation, in the order of its coming.</summary>
    public IReadOnlyList<OutboxMessage> Of(Guid conversationId)
    {
        lock (_gate)
            return [.. _messages.Where(message => message.ConversationId == conversationId)];
    }

    /// <summary>Takes over what an earlier process has left, and sends it.</summary>
    public async Task LoadAsync(Guid senderId, CancellationToken cancellationToken)
    {
        var loaded = await store.LoadAsync(senderId, cancellationToken).ConfigureAwait(false);
        foreach (var message in loaded.OrderBy(message => message.QueuedAt))
            Put(message);
    }

    /// <summary>Saves a new message, then sends it.</summary>
    public async Task<OutboxMessage> AddAsync(
        Guid senderId, Guid conversationId, string content, int? expirationHours, long? maxPoints, CancellationToken cancellationToken)
    {
        var at = NextTime();
        var message = new OutboxMessage(
            Guid.CreateVersion7(at), senderId, conversationId, content, expirationHours, maxPoints, at, Failure: null);
        await store.SaveAsync(message, cancellationToken).ConfigureAwait(false);
        Put(message);

        return message;
    }

    /// <summary>Tries a refused message again, under the same id.</summary>
    public async Task RetryAsync(Guid clientMessageId, long? maxPoints, CancellationToken cancellationToken)
    {
        if (Find(clientMessageId) is not { Failure: not null } refused)
            return;

        var again = refused with { Failure = null, MaxPoints = maxPoints };
        await store.SaveAsync(again, cancellationToken).ConfigureAwait(false);
        Put(again);
    }

    /// <summary>Gives a message up. One that is under way may arrive all the same.</summary>
    public Task DiscardAsync(Guid clientMessageId, CancellationToken cancellationToken) =>
        TakeOutAsync(clientMessageId, OutboxState.Discarded, cancellationToken);

    /// <summary>Takes a message out that the server was seen to have.</summary>
    public Task AcknowledgeAsync(Guid clientMessageId, CancellationToken cancellationToken) =>
        TakeOutAsync(clientMessageId, OutboxState.Sent, cancellationToken);

    /// <summary>Tries at once what waits for its next attempt.</summary>
    public void Wake() => _woken.Raise();

    public async ValueTask DisposeAsync()
    {
        Task[] senders;
        lock (_gate)
            senders = [.. _senders.Values];
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(senders).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Put(OutboxMessage message)
    {
        lock (_gate)
        {
            var place = _messages.FindIndex(known => known.ClientMessageId == message.ClientMessageId);
            if (place < 0)
                _messages.Add(message);
            else
                _messages[place] = message;
        }

        Changed?.Invoke(message, message.Failure is null ? OutboxState.Waiting : OutboxState.Failed);
        StartSending(message.ConversationId);
    }

    private void StartSending(Guid conversationId)
    {
        lock (_gate)
        {
            if (!_senders.ContainsKey(conversationId) && !_stopping.IsCancellationRequested)
                _senders[conversationId] = Task.Run(() => SendAllAsync(conversationId, _stopping.Token));
        }
    }

    private async Task SendAllAsync(Guid conversationId, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (NextOf(conversationId) is { } message)
        {
            try
            {
                await SendAsync(message, cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (Exception exception) when (exception is SignedOutException or OperationCanceledException or ObjectDisposedException)
            {
                // What waits stays saved, for the next session.
                lock (_gate)
                    _senders.Remove(conversationId);
                return;
            }
            catch (Exception exception)
            {
                // No answer, or one that asks to come again; or a store that fails, which is no reason to stop sending.
                Log.NotSent(logger, message.ClientMessageId, (exception as MessagingException)?.Code ?? exception.GetType().Name);
                var wait = backoff.After(++failures);
                var asked = (exception as MessagingException)?.RetryAfter ?? TimeSpan.Zero;
                await WaitAsync(wait > asked ? wait : asked, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task SendAsync(OutboxMessage message, CancellationToken cancellationToken)
    {
        try
        {
            var sent = await messages.SendAsync(
                message.ConversationId, message.Content, message.ClientMessageId, message.ExpirationHours, message.MaxPoints, cancellationToken)
                .ConfigureAwait(false);
            Sent?.Invoke(sent);
            await AcknowledgeAsync(message.ClientMessageId, CancellationToken.None).ConfigureAwait(false);
        }
        catch (MessagingException refusal) when (!refusal.IsRetryable && refusal is not (SignedOutException or ServerUnavailableException))
        {
            if (Find(message.ClientMessageId) is null)
                return;

            var refused = message with { Failure = SendFailure.Of(refusal) };
            await store.SaveAsync(refused, CancellationToken.None).ConfigureAwait(false);
            Put(refused);
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

    private OutboxMessage? Find(Guid clientMessageId)
    {
        lock (_gate)
            return _messages.Find(message => message.ClientMessageId == clientMessageId);
    }

    private async Task TakeOutAsync(Guid clientMessageId, OutboxState state, CancellationToken cancellationToken)
    {
        OutboxMessage? taken;
        lock (_gate)
        {
            taken = _messages.Find(message => message.ClientMessageId == clientMessageId);
            if (taken is null)
                return;

            _messages.Remove(taken);
        }

        // Should this fail, the message is sent once more after the next start, and found to be there already.
        await store.RemoveAsync(clientMessageId, cancellationToken).ConfigureAwait(false);
        Changed?.Invoke(taken, state);
    }

    /// <summary>Later than every message before it, also when the clock went back.</summary>
    private DateTimeOffset NextTime()
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var last = _messages.Count > 0 ? _messages.Max(message => message.QueuedAt) : DateTimeOffset.MinValue;

            return now > last ? now : last.AddTicks(1);
        }
    }

    private async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await _woken.WaitAsync(time, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next attempt will see it.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Message {ClientMessageId} was not sent yet: {Reason}")]
        public static partial void NotSent(ILogger logger, Guid clientMessageId, string reason);
    }
}
