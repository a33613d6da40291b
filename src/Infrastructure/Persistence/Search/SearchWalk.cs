using CleanMessaging.Application.Messages;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>
/// Goes through the messages of many conversations at once, newest first. It reads a few messages of the conversations with the newest
/// unread ones. A message that was found counts as soon as no unread message can be newer.
/// </summary>
internal sealed class SearchWalk
{
    /// <summary>
    /// The messages of the first read. Each further one reads twice as many, up to a maximum, so that a common word costs little.
    /// </summary>
    private const int FirstRead = 256;

    private const int ReadMax = 2_048;

    /// <summary>The fewest messages that are read of a conversation.</summary>
    private const int ReadMin = 16;

    private readonly SearchCriteria _criteria;
    private readonly PriorityQueue<SearchPlace, SearchPosition> _places = new(
        Comparer<SearchPosition>.Create((one, other) => other.CompareTo(one)));

    private readonly List<FoundMessage> _found = [];
    private int _nextRead = FirstRead;

    public SearchWalk(SearchCriteria criteria, IEnumerable<SearchPlace> places)
    {
        _criteria = criteria;
        foreach (var place in places)
            Enqueue(place);
    }

    /// <summary>Whether enough was found, or everything was read.</summary>
    public bool IsDone => !_places.TryPeek(out _, out var end) || _found.Count(found => found.Position >= end) >= _criteria.AtMost;

    /// <summary>Takes the places to read next.</summary>
    /// <param name="left">How many messages may be read in all, at least 1.</param>
    /// <returns>The places, and how many messages to read of each.</returns>
    public (IReadOnlyList<SearchPlace> Places, int Most) Next(int left)
    {
        var messages = Math.Min(left, _nextRead);
        _nextRead = Math.Min(_nextRead * 2, ReadMax);
        var count = Math.Clamp(messages / ReadMin, 1, _places.Count);

        return ([.. Enumerable.Range(0, count).Select(_ => _places.Dequeue())], messages / count);
    }

    /// <summary>Adds the messages that were read of the places that <see cref="Next"/> returned.</summary>
    public void Add(IReadOnlyList<SearchPlace> places, int most, IReadOnlyList<SearchedRow> rows)
    {
        var byConversation = rows.ToLookup(row => row.Position.ConversationId);
        foreach (var place in places)
        {
            var read = byConversation[place.ConversationId].ToList();
            _found.AddRange(read.Where(IsFound).Select(row => new FoundMessage(row.Id, row.Position)));
            if (read.Count == most)
                Enqueue(SearchPlace.Before(read.Min(row => row.Position)));
        }
    }

    /// <summary>Returns what was found, without what could still be preceded by an unread message.</summary>
    public SearchedMessages ToResult()
    {
        SearchPosition? end = _places.TryPeek(out _, out var position) ? position : null;

        var found = _found
            .Where(message => end is null || message.Position >= end)
            .OrderByDescending(message => message.Position)
            .Take(_criteria.AtMost);

        return new SearchedMessages([.. found], end);
    }

    private bool IsFound(SearchedRow row) =>
        row.Content is { } content
            && !(row.Position.CreatedAt < _criteria.After)
            && _criteria.Terms?.Match(content) is not false;

    /// <summary>Adds a place, unless all of its unread messages are too old.</summary>
    private void Enqueue(SearchPlace place)
    {
        if (place.Sequence >= 1 && !(place.CreatedAt < _criteria.After))
            _places.Enqueue(place, place.End);
    }
}
