namespace CleanMessaging.Application.Storage;

/// <summary>The maximum size, in bytes of JSON, of a page of messages or conversations, a join or a synchronization.</summary>
public sealed record ResponseBudget(int Bytes)
{
    /// <summary>
    /// Returns how many of the first items fit into the budget. Returns at least one, so that a client always makes progress.
    /// </summary>
    internal int CountFitting(IEnumerable<int> sizes)
    {
        var left = (long)Bytes;

        return Math.Max(1, sizes.TakeWhile(size => (left -= size) >= 0).Count());
    }

    /// <summary>Returns the items that fit into the rest of the budget, in their order. An item that does not fit is omitted.</summary>
    /// <param name="used">The bytes that the response already has.</param>
    internal IReadOnlyList<T> TakeFitting<T>(IReadOnlyList<T> items, Func<T, int> sizeOf, long used)
    {
        var left = Bytes - used;
        var fitting = new List<T>();
        foreach (var item in items)
        {
            if (sizeOf(item) is var size && size > left)
                continue;

            left -= size;
            fitting.Add(item);
        }

        return fitting;
    }
}
