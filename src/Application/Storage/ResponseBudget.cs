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
}
