using System.Collections.Immutable;

namespace CleanMessaging.Client;

/// <summary>
/// Calculates the unread totals: from the list if it is complete, otherwise from the server's totals and the changes since. Immutable: each
/// method returns the next counter.
/// </summary>
/// <param name="Totals">The current totals; null until they are known.</param>
/// <param name="Counts">The totals of each conversation that are included in <paramref name="Totals"/>.</param>
internal sealed record UnreadCounter(UnreadTotals? Totals, ImmutableDictionary<Guid, UnreadTotals> Counts)
{
    public static readonly UnreadCounter Unknown = new(Totals: null, []);

    private static readonly UnreadTotals _nothing = new(0, 0);

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
            return new UnreadCounter(counts.Values.Aggregate(_nothing, (sum, one) => Add(sum, one, 1)), counts);

        return Totals is { } totals ? new UnreadCounter(counts.Aggregate(totals, Correct), Counts.SetItems(counts)) : this;
    }

    private static ImmutableDictionary<Guid, UnreadTotals> CountsOf(IReadOnlyList<Conversation> list) =>
        list.ToImmutableDictionary(conversation => conversation.Id, CountOf);

    private static UnreadTotals CountOf(Conversation conversation)
    {
        var messages = Math.Min(conversation.UnreadCount, CountedMax);

        return conversation.Personal.Archived
            ? new UnreadTotals(0, 0, Math.Sign(messages), messages)
            : new UnreadTotals(Math.Sign(messages), messages);
    }

    private UnreadTotals Correct(UnreadTotals totals, KeyValuePair<Guid, UnreadTotals> conversation)
    {
        // A conversation that was not loaded before is treated as included in the totals.
        var before = Counts.GetValueOrDefault(conversation.Key, conversation.Value);

        return Add(Add(totals, conversation.Value, 1), before, -1);
    }

    private static UnreadTotals Add(UnreadTotals sum, UnreadTotals one, int sign) => new(
        Math.Max(0, sum.Conversations + (sign * one.Conversations)),
        Math.Max(0, sum.Messages + (sign * one.Messages)),
        Math.Max(0, sum.ArchivedConversations + (sign * one.ArchivedConversations)),
        Math.Max(0, sum.ArchivedMessages + (sign * one.ArchivedMessages)));
}
