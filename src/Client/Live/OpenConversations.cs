namespace CleanMessaging.Client;

/// <summary>
/// The conversations that are open in a session. A conversation that is opened several times is the same timeline. Thread-safe.
/// </summary>
internal sealed class OpenConversations
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Opened> _opened = [];

    public IReadOnlyList<ConversationTimeline> All
    {
        get
        {
            lock (_gate)
                return [.. _opened.Values.Select(opened => opened.Timeline)];
        }
    }

    public ConversationTimeline? Find(Guid conversationId)
    {
        lock (_gate)
            return _opened.GetValueOrDefault(conversationId)?.Timeline;
    }

    /// <summary>Returns the open timeline of a conversation, or creates it.</summary>
    public ConversationTimeline Open(Guid conversationId, Func<ConversationTimeline> create)
    {
        lock (_gate)
        {
            if (!_opened.TryGetValue(conversationId, out var opened))
                _opened[conversationId] = opened = new Opened(create());
            opened.Openings++;

            return opened.Timeline;
        }
    }

    /// <summary>Closes a timeline once; returns whether that was the last time it was open.</summary>
    public bool Close(ConversationTimeline timeline)
    {
        lock (_gate)
        {
            return _opened.TryGetValue(timeline.ConversationId, out var opened)
                && opened.Timeline == timeline
                && --opened.Openings == 0
                && _opened.Remove(timeline.ConversationId);
        }
    }

    private sealed class Opened(ConversationTimeline timeline)
    {
        public ConversationTimeline Timeline { get; } = timeline;

        public int Openings { get; set; }
    }
}
