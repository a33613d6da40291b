namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Counts wrong attempts per key within a window that begins with the first of them. The number of keys is bounded: when a key is added to
/// a full table, the key with the fewest wrong attempts is removed. A key that has used up its attempts is never removed; if all have, the
/// new key is not recorded. Not thread-safe.
/// </summary>
public sealed class WrongAttempts<TKey>(int wrongMax, TimeSpan window, int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>The entries with wrong attempts in the order in which their windows began. All windows have the same length.</summary>
    private readonly LinkedList<Entry> _byStart = new();

    /// <summary>The entries that can be removed, ordered by their number of wrong attempts, then by their last attempt.</summary>
    private readonly LinkedList<Entry>[] _byCount = [.. Enumerable.Range(0, wrongMax).Select(_ => new LinkedList<Entry>())];

    /// <summary>The number of keys that are stored.</summary>
    public int Count => _entries.Count;

    private int WrongMax => wrongMax;

    private TimeSpan Window => window;

    /// <summary>The removable entry with the fewest wrong attempts; of several, the one with the oldest last attempt.</summary>
    private Entry? Fewest => Array.Find(_byCount, entries => entries.First is not null)?.First?.Value;

    /// <summary>
    /// Returns the key's entry; null when a new one cannot be recorded. A new entry is stored when its first attempt begins.
    /// </summary>
    public Entry? Find(TKey key, DateTimeOffset now)
    {
        ForgetEnded(now);
        if (_entries.TryGetValue(key, out var entry))
            return entry;

        return _entries.Count < capacity || Fewest is not null ? new Entry(this, key) : null;
    }

    private void ForgetEnded(DateTimeOffset now)
    {
        // A clock that is set back must not extend a window.
        while (_byStart.First is { } first && (now - first.Value.Since).Duration() >= window)
            first.Value.Reset();
    }

    private void Remember(Entry entry, TKey key)
    {
        if (!_entries.TryAdd(key, entry))
            return;

        if (_entries.Count > capacity)
            Fewest?.Reset();
    }

    /// <summary>The attempts of one key: wrong ones, and those in progress.</summary>
    public sealed class Entry
    {
        private readonly WrongAttempts<TKey> _owner;
        private readonly TKey _key;
        private readonly LinkedListNode<Entry> _start;
        private readonly LinkedListNode<Entry> _count;
        private TaskCompletionSource? _oneEnds;
        private int _wrong;
        private int _underWay;

        internal Entry(WrongAttempts<TKey> owner, TKey key)
        {
            (_owner, _key) = (owner, key);
            _start = new LinkedListNode<Entry>(this);
            _count = new LinkedListNode<Entry>(this);
        }

        /// <summary>The time of the first wrong attempt.</summary>
        public DateTimeOffset Since { get; private set; }

        public DateTimeOffset EndsAt => Since + _owner.Window;

        /// <summary>Whether the number of wrong attempts has reached the limit.</summary>
        public bool IsSpent => _wrong >= _owner.WrongMax;

        /// <summary>Whether the limit would be reached if all attempts in progress were wrong.</summary>
        public bool IsFull => _wrong + _underWay >= _owner.WrongMax;

        /// <summary>Completes when an attempt in progress ends.</summary>
        public Task OneEnds() => (_oneEnds ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void Begin()
        {
            _underWay++;
            _count.List?.Remove(_count);
            _owner.Remember(this, _key);
        }

        public void End(bool isWrong, DateTimeOffset now)
        {
            _underWay--;
            if (isWrong && _wrong++ == 0)
            {
                Since = now;
                _owner._byStart.AddLast(_start);
            }

            _oneEnds?.SetResult();
            _oneEnds = null;
            Settle();
        }

        /// <summary>Clears the wrong attempts, and removes the entry as soon as no attempt is in progress.</summary>
        public void Reset()
        {
            _wrong = 0;
            _start.List?.Remove(_start);
            _count.List?.Remove(_count);
            Settle();
        }

        /// <summary>An entry without attempts is removed; one that is not used up may be replaced by another.</summary>
        private void Settle()
        {
            if (_underWay > 0)
                return;

            _count.List?.Remove(_count);
            if (_wrong == 0)
                _owner._entries.Remove(_key);
            else if (!IsSpent)
                _owner._byCount[_wrong].AddLast(_count);
        }
    }
}
