namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Entries by key that are forgotten when they were not used for a while, and the one unused for longest when there are too many: so
/// many keys as a caller may make up, they take bounded memory. For one thread at a time.
/// </summary>
public sealed class RecentEntries<TKey, TEntry>(int capacity, TimeSpan idleTime)
    where TKey : notnull
    where TEntry : new()
{
    private readonly Dictionary<TKey, LinkedListNode<Used>> _byKey = [];

    /// <summary>The one unused for longest is the first.</summary>
    private readonly LinkedList<Used> _byUse = new();

    public int Count => _byKey.Count;

    /// <summary>The key's entry, new if there was none, used now.</summary>
    public TEntry Use(TKey key, DateTimeOffset now)
    {
        if (_byKey.TryGetValue(key, out var node))
            _byUse.Remove(node);
        else
            _byKey[key] = node = new LinkedListNode<Used>(new Used(key));

        node.Value.At = now;
        _byUse.AddLast(node);
        while (_byUse.First is { } oldest && (_byKey.Count > capacity || (now - oldest.Value.At).Duration() > idleTime))
        {
            _byKey.Remove(oldest.Value.Key);
            _byUse.Remove(oldest);
        }

        return node.Value.Entry;
    }


    private sealed class Used(TKey key)
    {
        public TKey Key { get; } = key;

        public TEntry Entry { get; } = new();

        public DateTimeOffset At { get; set; }
    }
}
