using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Ids;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>
/// Goes through the messages of many conversations at once, newest first. It reads some messages of the conversations whose next message
/// can be the newest. A match is certain as soon as no message that has not been searched can be newer.
/// </summary>
internal sealed class SearchWalk
{
    /// <summary>
    /// The messages of the first read. Each further one reads twice as many, up to a maximum, so that a common word costs little.
    /// </summary>
    private const int FirstRead = 256;

    private const int ReadMax = 2_048;

    /// <summary>The number of reads of a conversation after which its share no longer doubles: one read has no more messages.</summary>
    private const int ReadsMax = 11;

    private readonly SearchCriteria _criteria;
    private readonly PriorityQueue<SearchProgress, SearchPosition> _conversations = new(
        Comparer<SearchPosition>.Create((one, other) => other.CompareTo(one)));

    private readonly List<SearchMatch> _matches = [];
    private int _nextRead = FirstRead;

    public SearchWalk(SearchCriteria criteria, IEnumerable<SearchProgress> conversations)
    {
        _criteria = criteria;
        foreach (var conversation in conversations)
            Enqueue(conversation);
    }

    /// <summary>Whether there are more certain matches than the maximum, or everything was searched.</summary>
    public bool IsDone =>
        !_conversations.TryPeek(out _, out var end) || _matches.Count(match => match.Position >= end) > _criteria.HitsMax;

    /// <summary>
    /// Takes the conversations to read next. From a conversation that was read before, it takes twice as many messages as the last time:
    /// the newest messages are usually in a few conversations. What is left of the read is shared by all.
    /// </summary>
    /// <param name="messagesMax">How many messages may be read in all, at least 1.</param>
    public IReadOnlyList<SearchRead> Next(int messagesMax)
    {
        var limit = Math.Min(messagesMax, _nextRead);
        _nextRead = Math.Min(_nextRead * 2, ReadMax);
        var reads = new List<SearchRead>();
        var total = 0;
        while (_conversations.TryPeek(out var next, out _))
        {
            var messages = Math.Min(1 << Math.Min(next.Reads, ReadsMax), limit);
            if (total + messages > limit)
                break;

            _conversations.Dequeue();
            reads.Add(new SearchRead(next, messages));
            total += messages;
        }

        return [.. reads.Select(read => read with { Messages = read.Messages * (limit / total) })];
    }

    /// <summary>
    /// Searches the messages that were read, newest first, as long as there is time. What there was no time for counts as not read. Begins
    /// with the conversation that holds up the search, so that even one message takes the search further.
    /// </summary>
    public void Add(IReadOnlyList<SearchRead> reads, IReadOnlyList<SearchedRow> rows, SearchBudget budget)
    {
        var searched = new Dictionary<Guid, (SearchPosition Last, int Count)>();
        var first = rows.Where(row => row.Position.ConversationId == reads[0].Conversation.ConversationId).MaxBy(row => row.Position);
        foreach (var row in rows.OrderByDescending(row => ReferenceEquals(row, first)).ThenByDescending(row => row.Position))
        {
            if (!budget.TryUse(row.Content))
                break;

            var (_, count) = searched.GetValueOrDefault(row.Position.ConversationId);
            searched[row.Position.ConversationId] = (row.Position, count + 1);
            if (IsMatch(row))
                _matches.Add(new SearchMatch(row.Id, row.Position));
        }

        var byConversation = rows.CountBy(row => row.Position.ConversationId).ToDictionary();
        foreach (var (conversation, messages) in reads)
        {
            var (last, count) = searched.GetValueOrDefault(conversation.ConversationId);
            var read = byConversation.GetValueOrDefault(conversation.ConversationId);

            // A conversation of which fewer messages were read than requested has no more.
            if (count == read && read < messages)
                continue;

            var progress = count == 0 ? conversation : conversation.After(last);
            Enqueue(progress with { Reads = conversation.Reads + 1 });
        }
    }

    /// <summary>Returns the certain matches, and how far the search came: null for the position if everything was searched.</summary>
    public (IReadOnlyList<SearchMatch> Matches, SearchPosition? SearchedDownTo, bool IsFull) ToResult()
    {
        SearchPosition? end = _conversations.TryPeek(out _, out var position) ? position : null;
        var matches = _matches
            .Where(match => end is null || match.Position >= end)
            .OrderByDescending(match => match.Position)
            .Take(_criteria.HitsMax + 1)
            .ToList();
        if (matches.Count <= _criteria.HitsMax)
            return (matches, end, false);

        matches.RemoveAt(_criteria.HitsMax);

        return (matches, matches[^1].Position, true);
    }

    private bool IsMatch(SearchedRow row) =>
        row.Content is { } content && !(row.Position.CreatedAt < _criteria.After) && _criteria.Terms?.Match(content) is not false;

    /// <summary>Adds a conversation, unless all messages that have not been searched are too old.</summary>
    private void Enqueue(SearchProgress conversation)
    {
        if (conversation.Sequence >= 1 && !(conversation.CreatedAt < _criteria.After))
            _conversations.Enqueue(conversation, conversation.End);
    }
}

/// <param name="Messages">How many messages to read, at least 1.</param>
internal sealed record SearchRead(SearchProgress Conversation, int Messages);

internal sealed record SearchMatch(MessageId Id, SearchPosition Position);
