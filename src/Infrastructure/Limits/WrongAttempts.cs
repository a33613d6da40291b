namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Counts wrong attempts per key within a window that begins with the first of them. At most so many keys: where one more is added, the key with the
/// fewest wrong attempts is forgotten, but never one that has used up its attempts. When all have, a new key is not recorded. Not synchronized.
/// </summary>
public sealed class WrongAttempts<TKey>(int wrongMax, TimeSpan window, int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>The entries with wrong attempts by the start of their window, the first one first: they all last equally long.</summary>
    private readonly LinkedList<Entry> _byStart = new();

    /// <summary>Entries that can be forgotten, by their number of wrong attempts, and those of one number by their last attempt.</summary>
    private readonly LinkedList<Entry>[] _byCount = [.. Enumerable.Range(0, wrongMax).Select(_ => new LinkedList<Entry>())];

    /// <summary>How many keys are remembered.</summary>
    public int Count => _entries.Count;

    private int WrongMax => wrongMax;

    private TimeSpan Window => window;

    /// <summary>The entry with the fewest wrong attempts that can be forgotten, of those the one with the oldest last attempt.</summary>
    private Entry? Fewest => Array.Find(_byCount, entries => entries.First is not null)?.First?.Value;

    /// <summary>The key's entry; null when a new one cannot be recorded. A new one is remembered when an attempt begins.</summary>
    public Entry? Find(TKey key, DateTimeOffset now)
    {
        ForgetEnded(now);
        if (_entries.TryGetValue(key, out var entry))
            return entry;

        return _entries.Count < capacity || Fewest is not null ? new Entry(this, key) : null;
    }

    private void ForgetEnded(DateTimeOffset now)
    {
        // A clock that was set back must not make a window longer.
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

        /// <summary>When the first wrong attempt was made.</summary>
        public DateTimeOffset Since { get; private set; }

        public DateTimeOffset EndsAt => Since + _owner.Window;

        /// <summary>Whether there were as many wrong attempts as may be.</summary>
        public bool IsSpent => _wrong >= _owner.WrongMax;

        /// <summary>Whether there would be, if all attempts in progress were wrong.</summary>
        public bool IsFull => _wrong + _underWay >= _owner.WrongMax;

        /// <summary>Completes when an attempt in progress has ended.</summary>
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

        /// <summary>Forgets the wrong attempts; the entry itself as soon as none is in progress.</summary>
        public void Reset()
        {
            _wrong = 0;
            _start.List?.Remove(_start);
            _count.List?.Remove(_count);
            Settle();
        }

        /// <summary>An entry without attempts is none; one that is not used up may be forgotten for another.</summary>
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
