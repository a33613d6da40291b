namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// The messages that count as shown: most of each was on the screen of a visible page for <see cref="Moment"/>. Times come from a monotonic
/// clock.
/// </summary>
internal sealed class ShownMessages
{
    /// <summary>
    /// The time in view after which a message counts as shown. It is short enough for messages that the user scrolls past slowly.
    /// </summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(150);

    private readonly Dictionary<long, TimeSpan> _inView = [];
    private readonly HashSet<long> _shown = [];

    /// <summary>When the next message in view counts as shown; null when all of them do.</summary>
    public TimeSpan? NextDue => _inView.Count == 0 ? null : _inView.Values.Min() + Moment;

    public bool Contains(long sequence) => _shown.Contains(sequence);

    /// <summary>Updates the messages on the screen; none while the page is hidden.</summary>
    public void Look(IEnumerable<long> sequences, TimeSpan now)
    {
        RecordShown(now);
        var inView = sequences.Where(sequence => !_shown.Contains(sequence)).ToHashSet();
        foreach (var left in _inView.Keys.Where(sequence => !inView.Contains(sequence)).ToList())
            _inView.Remove(left);
        foreach (var sequence in inView)
            _inView.TryAdd(sequence, now);
    }

    /// <summary>Records the messages that have been in view for long enough.</summary>
    public void RecordShown(TimeSpan now)
    {
        foreach (var (sequence, since) in _inView.Where(one => now - one.Value >= Moment).ToList())
        {
            _inView.Remove(sequence);
            _shown.Add(sequence);
        }
    }

    /// <summary>Removes messages that are read and no longer have to be tracked.</summary>
    public void Forget(long upTo) => _shown.RemoveWhere(sequence => sequence <= upTo);
}
