namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// The messages that the user had a chance to see: most of each was on the screen of a visible page for <see cref="Moment"/>. Times are of a monotonic
/// clock, from any begin.
/// </summary>
internal sealed class ShownMessages
{
    /// <summary>Long enough to notice a message, short enough to count those that the user scrolls past.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(150);

    private readonly Dictionary<long, TimeSpan> _inView = [];
    private readonly HashSet<long> _shown = [];

    /// <summary>When the next message in view counts; null when all of them do.</summary>
    public TimeSpan? NextDue => _inView.Count == 0 ? null : _inView.Values.Min() + Moment;

    public bool Contains(long sequence) => _shown.Contains(sequence);

    /// <summary>Takes what is on the screen now; nothing when the page cannot be seen.</summary>
    public void Look(IEnumerable<long> sequences, TimeSpan now)
    {
        Settle(now);
        var inView = sequences.Where(sequence => !_shown.Contains(sequence)).ToHashSet();
        foreach (var left in _inView.Keys.Where(sequence => !inView.Contains(sequence)).ToList())
            _inView.Remove(left);
        foreach (var sequence in inView)
            _inView.TryAdd(sequence, now);
    }

    /// <summary>Counts those that have been in view for long enough.</summary>
    public void Settle(TimeSpan now)
    {
        foreach (var (sequence, since) in _inView.Where(one => now - one.Value >= Moment).ToList())
        {
            _inView.Remove(sequence);
            _shown.Add(sequence);
        }
    }

    /// <summary>Forgets those that need not be known any more, because they are read.</summary>
    public void Forget(long upTo) => _shown.RemoveWhere(sequence => sequence <= upTo);
}
