namespace CleanMessaging.Client;

/// <summary>
/// How much the user has not read: counted in the list where that is complete, otherwise as the server said, corrected by what has changed since.
/// Calls no one. For one thread at a time.
/// </summary>
internal sealed class UnreadCounter
{
    /// <summary>The server counts no more of one conversation.</summary>
    private const int CountedMax = 100;

    private readonly Dictionary<Guid, int> _known = [];
    private UnreadTotals? _fromServer;

    /// <summary>Null until it is known.</summary>
    public UnreadTotals? Current { get; private set; }

    /// <summary>Takes the totals that the server has counted.</summary>
    /// <returns>Whether <see cref="Current"/> has changed.</returns>
    public bool TakeServerTotals(UnreadTotals totals, IReadOnlyList<Conversation> list)
    {
        _fromServer = totals;
        Remember(list);

        return Become(totals);
    }

    /// <summary>Takes the list after a change.</summary>
    /// <param name="isComplete">Whether it has all of the user's conversations.</param>
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
            // Part of what the server has counted, as far as can be known.
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
