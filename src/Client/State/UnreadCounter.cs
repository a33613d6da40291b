using System.Collections.Immutable;

namespace CleanMessaging.Client;

/// <summary>
/// Calculates the unread totals: from the list if it is complete, otherwise from the server's totals and the changes since. Immutable: each
/// method returns the next counter.
/// </summary>
/// <param name="Totals">The current totals; null until they are known.</param>
/// <param name="Counts">The unread count that is included in <paramref name="Totals"/>, by conversation.</param>
internal sealed record UnreadCounter(UnreadTotals? Totals, ImmutableDictionary<Guid, int> Counts)
{
    public static readonly UnreadCounter Unknown = new(Totals: null, []);

    /// <summary>The highest count per conversation in the server's totals.</summary>
    private const int CountedMax = 100;

    /// <summary>Creates a counter from the server's totals. The loaded conversations are treated as included in them.</summary>
    public static UnreadCounter FromServer(UnreadTotals totals, IReadOnlyList<Conversation> list) => new(totals, CountsOf(list));

    /// <summary>Applies the list after a change.</summary>
    /// <param name="isComplete">Whether the list has all of the user's conversations.</param>
    public UnreadCounter Update(IReadOnlyList<Conversation> list, bool isComplete)
    {
        var counts = CountsOf(list);
        if (isComplete)
            return new UnreadCounter(new UnreadTotals(counts.Values.Count(count => count > 0), counts.Values.Sum()), counts);

        return Totals is { } totals ? new UnreadCounter(counts.Aggregate(totals, Correct), Counts.SetItems(counts)) : this;
    }

    private static ImmutableDictionary<Guid, int> CountsOf(IReadOnlyList<Conversation> list) =>
        list.ToImmutableDictionary(conversation => conversation.Id, conversation => Math.Min(conversation.UnreadCount, CountedMax));

    private UnreadTotals Correct(UnreadTotals totals, KeyValuePair<Guid, int> conversation)
    {
        var now = conversation.Value;

        // A conversation that was not loaded before is treated as included in the totals.
        var before = Counts.GetValueOrDefault(conversation.Key, now);

        return new UnreadTotals(
            Math.Max(0, totals.Conversations + Math.Sign(now) - Math.Sign(before)),
            Math.Max(0, totals.Messages + now - before));
    }
}
