namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Stores entries by key in bounded memory, however many keys callers make up. An entry expires when it has not been used for a while. When
/// there are too many entries, the least recently used one is removed. Not thread-safe.
/// </summary>
public sealed class RecentEntries<TKey, TEntry>(int capacity, TimeSpan idleTime)
    where TKey : notnull
    where TEntry : new()
{
    private readonly Dictionary<TKey, LinkedListNode<Used>> _byKey = [];

    /// <summary>Ordered by last use; the least recently used entry is the first.</summary>
    private readonly LinkedList<Used> _byUse = new();

    public int Count => _byKey.Count;

    /// <summary>Returns the key's entry, creates it if necessary, and marks it as used now.</summary>
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

    /// <summary>Returns the key's entry; the default if there is none. Does not mark it as used.</summary>
    public TEntry? Find(TKey key) => _byKey.TryGetValue(key, out var node) ? node.Value.Entry : default;

    private sealed class Used(TKey key)
    {
        public TKey Key { get; } = key;

        public TEntry Entry { get; } = new();

        public DateTimeOffset At { get; set; }
    }
}
