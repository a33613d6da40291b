namespace CleanMessaging.Client;

/// <summary>
/// Holds the state of an open conversation: applies changes through <see cref="ConversationReducer"/> and publishes what has changed.
/// Thread-safe.
/// </summary>
internal sealed class TimelineStore(Guid conversationId, Action<SessionChange> publish)
{
    private readonly Lock _gate = new();
    private ConversationState _state = new();
    private TaskCompletionSource _loaded = NewLoaded();
    private volatile bool _isClosed;

    public ConversationState State => Volatile.Read(ref _state);

    /// <summary>Completes when the conversation is loaded; fails when it cannot be read; canceled when it is closed first.</summary>
    public Task Loaded => Volatile.Read(ref _loaded).Task;

    public bool IsClosed => _isClosed;

    /// <summary>Raised after each change.</summary>
    public Signal Progress { get; } = new();

    /// <summary>The revision up to which all changes are known; null before the first load, and when a reload is requested.</summary>
    public long? KnownRevision => State is { IsLoaded: true, IsReloadRequested: false } state ? state.Revisions.Revision : null;

    /// <summary>Applies a change; returns the states before and after it, which are the same instance if it has no effect.</summary>
    public (ConversationState Before, ConversationState After) Apply(ConversationChange change)
    {
        ConversationState before, after;
        lock (_gate)
        {
            before = _state;
            after = ConversationReducer.Reduce(before, change);
            if (ReferenceEquals(before, after))
                return (before, after);

            Volatile.Write(ref _state, after);
            CompleteLoaded(before, after);
            if (!_isClosed)
            {
                foreach (var reported in ChangeReport.Between(conversationId, before, after, change))
                    publish(reported);
            }
        }

        Progress.Raise();

        return (before, after);
    }

    /// <summary>Stops publishing, and ends waits for the first load.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _loaded.TrySetCanceled();
        }

        Progress.Raise();
    }

    private void CompleteLoaded(ConversationState before, ConversationState after)
    {
        if (before.Failure == after.Failure && before.IsLoaded == after.IsLoaded)
            return;

        var loaded = _loaded.Task.IsCompleted ? NewLoaded() : _loaded;
        if (after.Failure is { } reason)
        {
            // Waiters observe the exception. Reading it here avoids an unobserved exception when there are none.
            loaded.SetException(reason);
            _ = loaded.Task.Exception;
        }
        else if (after.IsLoaded)
        {
            loaded.SetResult();
        }

        Volatile.Write(ref _loaded, loaded);
    }

    private static TaskCompletionSource NewLoaded() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
