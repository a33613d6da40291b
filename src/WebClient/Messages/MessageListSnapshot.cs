namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// What the log renders of a conversation: one consistent state, so that no message counts as shown before it is rendered.
/// </summary>
/// <param name="IsLoaded">Whether the conversation was loaded from the server.</param>
/// <param name="HasEarlier">Whether there are messages before the entries.</param>
/// <param name="HasLater">Whether there are messages after the entries.</param>
/// <param name="Entries">The messages, oldest first, with unsent messages at the end.</param>
/// <param name="Today">The number of the current day. The names of the days depend on it.</param>
internal sealed record MessageListSnapshot(bool IsLoaded, bool HasEarlier, bool HasLater, IReadOnlyList<MessageEntry> Entries, int Today)
{
    public static readonly MessageListSnapshot Nothing = new(IsLoaded: false, HasEarlier: false, HasLater: false, [], Today: 0);

    /// <summary>Returns the index of an entry; -1 when it is missing.</summary>
    public int IndexOf(Guid key)
    {
        for (var index = Entries.Count - 1; index >= 0; index--)
        {
            if (Entries[index].Key == key)
                return index;
        }

        return -1;
    }

    /// <summary>
    /// Returns the index of the first entry with a sequence or a later one, including unsent messages; the number of entries if none.
    /// </summary>
    public int IndexOfSequence(long sequence)
    {
        var (low, high) = (0, Entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Entries[middle].Unsent is null && Entries[middle].Sequence < sequence)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
