namespace CleanMessaging.Client;

/// <summary>
/// Calculates the unread totals: from the list if it is complete, otherwise from the server's totals and the changes since. Sends no
/// requests. Not thread-safe.
/// </summary>
internal sealed class UnreadCounter
{
    /// <summary>The highest count per conversation in the server's totals.</summary>
    private const int CountedMax = 100;

    private readonly Dictionary<Guid, int> _known = [];
    private UnreadTotals? _fromServer;

    /// <summary>The current totals; null until they are known.</summary>
    public UnreadTotals? Current { get; private set; }

    /// <summary>Applies totals from the server.</summary>
    /// <returns>Whether <see cref="Current"/> has changed.</returns>
    public bool TakeServerTotals(UnreadTotals totals, IReadOnlyList<Conversation> list)
    {
        _fromServer = totals;
        Remember(list);

        return Become(totals);
    }

    /// <summary>Applies the list after a change.</summary>
    /// <param name="isComplete">Whether the list has all of the user's conversations.</param>
    /// <returns>Whether <see cref="Current"/> has changed.</returns>
    public bool TakeList(IReadOnlyList<Conversation> list, bool isComplete)
    {
        if (isComplete)
        {
            Remember(list);
            _fromServer = new UnreadTotals(_known.Values.Count(count => count > 0), _known.Values.Sum());
        }
        else if (_fromServer is { } totals)
        {
            foreach (var conversation in list)
                totals = Correct(totals, conversation);
            _fromServer = totals;
        }

        return _fromServer is { } current && Become(current);
    }

    private UnreadTotals Correct(UnreadTotals totals, Conversation conversation)
    {
        var now = CountOf(conversation);
        if (!_known.TryGetValue(conversation.Id, out var before))
        {
            // The loaded conversations are treated as included in the server's totals.
            _known[conversation.Id] = now;

            return totals;
        }

        _known[conversation.Id] = now;

        return new UnreadTotals(
            Math.Max(0, totals.Conversations + Math.Sign(now) - Math.Sign(before)),
            Math.Max(0, totals.Messages + now - before));
    }

    private void Remember(IReadOnlyList<Conversation> list)
    {
        _known.Clear();
        foreach (var conversation in list)
            _known[conversation.Id] = CountOf(conversation);
    }

    private bool Become(UnreadTotals totals)
    {
        var hasChanged = totals != Current;
        Current = totals;

        return hasChanged;
    }

    private static int CountOf(Conversation conversation) => Math.Min(conversation.UnreadCount, CountedMax);
}
