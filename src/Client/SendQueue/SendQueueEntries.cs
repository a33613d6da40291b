namespace CleanMessaging.Client;

/// <summary>The messages and changes of the send queue in memory, in the order in which they were queued. Thread-safe.</summary>
internal sealed class SendQueueEntries(ServerClock clock)
{
    private readonly Lock _gate = new();
    private readonly List<QueuedMessage> _messages = [];

    /// <summary>Ids of messages that the server has accepted and that are not removed from the store yet.</summary>
    private readonly HashSet<Guid> _acknowledged = [];

    private DateTimeOffset _lastQueued;

    public IReadOnlyList<QueuedMessage> All
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public IReadOnlyList<QueuedMessage> Of(Guid conversationId)
    {
        lock (_gate)
            return [.. _messages.Where(message => message.ConversationId == conversationId)];
    }

    public QueuedMessage? Find(Guid clientMessageId)
    {
        lock (_gate)
            return _messages.Find(message => message.ClientMessageId == clientMessageId);
    }

    /// <summary>Returns the queued changes that a newer change of the same message makes superfluous.</summary>
    public IReadOnlyList<QueuedMessage> ReplacedBy(QueuedChange change) =>
        [.. ChangesOf(change.MessageId).Where(change.Replaces)];

    /// <summary>Returns the changes of an earlier message, in the order in which they were queued.</summary>
    private IReadOnlyList<QueuedMessage> ChangesOf(Guid messageId)
    {
        lock (_gate)
            return [.. _messages.Where(message => message.Change?.MessageId == messageId)];
    }

    /// <summary>Gives the waiting edits of a message a newer version, and returns those that it has changed.</summary>
    public IReadOnlyList<QueuedMessage> Rebase(Guid messageId, int version)
    {
        lock (_gate)
        {
            var rebased = ChangesOf(messageId)
                .Where(edit => edit is { Failure: null, Change: { IsEdit: true } change } && change.Version < version)
                .Select(edit => edit with { Change = edit.Change! with { Version = version } })
                .ToList();
            foreach (var edit in rebased)
                _messages[IndexOf(edit.ClientMessageId)] = edit;

            return rebased;
        }
    }

    /// <summary>Returns the next message of a conversation to send; null when there is none.</summary>
    public QueuedMessage? NextOf(Guid conversationId)
    {
        lock (_gate)
            return _messages.Find(message => message.ConversationId == conversationId && message.Failure is null);
    }

    /// <summary>Replaces the message with the same id, which may have been removed; returns false if there is none.</summary>
    /// <param name="isNew">Whether to add the message if it is missing.</param>
    public bool Put(QueuedMessage message, bool isNew)
    {
        lock (_gate)
        {
            var index = IndexOf(message.ClientMessageId);
            if (index >= 0)
                _messages[index] = message;
            else if (isNew)
                Insert(message);

            return index >= 0 || isNew;
        }
    }

    /// <summary>Removes and returns a message; null when it is missing.</summary>
    public QueuedMessage? Remove(Guid clientMessageId)
    {
        lock (_gate)
        {
            var index = IndexOf(clientMessageId);
            if (index < 0)
                return null;

            var removed = _messages[index];
            _messages.RemoveAt(index);

            return removed;
        }
    }

    /// <summary>
    /// Removes and returns a message that the server has accepted. It is still stored until <see cref="Forget"/> is called.
    /// </summary>
    public QueuedMessage? Acknowledge(Guid clientMessageId)
    {
        lock (_gate)
        {
            var acknowledged = Remove(clientMessageId);
            if (acknowledged is not null)
                _acknowledged.Add(clientMessageId);

            return acknowledged;
        }
    }

    /// <summary>Forgets an acknowledged message after it was removed from the store.</summary>
    public void Forget(Guid clientMessageId)
    {
        lock (_gate)
            _acknowledged.Remove(clientMessageId);
    }

    /// <summary>Whether a stored message is missing from the queue, or differs from the queued one.</summary>
    public bool IsUnknown(QueuedMessage stored)
    {
        lock (_gate)
            return !_acknowledged.Contains(stored.ClientMessageId) && Find(stored.ClientMessageId) != stored;
    }

    /// <summary>Whether a stored message was attempted here. A store that cannot be written to may not say so.</summary>
    public bool IsAttempted(QueuedMessage stored) => Find(stored.ClientMessageId) is { NeverAttempted: false };

    /// <summary>
    /// Returns a time later than that of every queued message, even after a clock change. Uses server time, as received messages do.
    /// </summary>
    public DateTimeOffset NextTime()
    {
        var now = clock.Now;
        lock (_gate)
            return _lastQueued = now > _lastQueued ? now : _lastQueued.AddTicks(1);
    }

    /// <summary>Inserts a message in queue order, also when another process has queued it.</summary>
    private void Insert(QueuedMessage message)
    {
        var next = _messages.FindIndex(known => known.QueuedAt > message.QueuedAt);
        _messages.Insert(next < 0 ? _messages.Count : next, message);
        if (message.QueuedAt > _lastQueued)
            _lastQueued = message.QueuedAt;
    }

    private int IndexOf(Guid clientMessageId) => _messages.FindIndex(message => message.ClientMessageId == clientMessageId);
}
