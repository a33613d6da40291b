namespace CleanMessaging.Application.Storage;

/// <summary>How much JSON a page of messages or conversations, a join or a synchronization may have.</summary>
public sealed record ResponseBudget(int Bytes)
{
    /// <summary>
    /// How many items, in order, fit into the budget: one at least, so that a reader always gets further.
    /// </summary>
    internal int CountFitting(IEnumerable<int> sizes)
    {
        var left = (long)Bytes;

        return Math.Max(1, sizes.TakeWhile(size => (left -= size) >= 0).Count());
    }
}
