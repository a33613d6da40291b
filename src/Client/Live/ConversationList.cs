namespace CleanMessaging.Client;

/// <summary>The list of conversations that a client holds, newest activity first. Talks to nobody. For one thread at a time.</summary>
internal sealed class ConversationList
{
    private readonly List<Conversation> _conversations = [];

    public int Count => _conversations.Count;

    /// <summary>Where the list goes on; null at its end, or when it was never read.</summary>
    public string? NextCursor { get; private set; }

    public IReadOnlyList<Conversation> Snapshot() => [.. _conversations];

    /// <summary>Takes the list's first part as the server has it, in its order.</summary>
    /// <returns>What is new or otherwise than before.</returns>
    public IReadOnlyList<Conversation> TakeFirst(IReadOnlyList<Conversation> first, string? nextCursor)
    {
        var changed = first.Where(Differs).ToList();
        var merged = first.Select(Newer).ToList();
        var ids = merged.Select(conversation => conversation.Id).ToHashSet();

        // What was told of while this was read, and so is not in it, is the newest.
        var oldest = merged is [.., var last] ? ActivityOf(last) : DateTimeOffset.MinValue;
        var others = _conversations.Where(conversation => !ids.Contains(conversation.Id)).ToList();
        _conversations.Clear();
        _conversations.AddRange(others.Where(other => nextCursor is null || ActivityOf(other) > oldest));
        _conversations.AddRange(merged);
        NextCursor = nextCursor;

        return changed;
    }

    /// <summary>Adds the part after what is held.</summary>
    public void TakeNext(IReadOnlyList<Conversation> next, string? nextCursor)
    {
        _conversations.AddRange(next.Where(conversation => IndexOf(conversation.Id) < 0));
        NextCursor = nextCursor;
    }

    /// <summary>Takes one that was told of; it goes to the top when somebody wrote in it.</summary>
    /// <returns>Whether it is new or otherwise than before.</returns>
    public bool Take(Conversation conversation)
    {
        if (!Differs(conversation))
            return false;

        var place = IndexOf(conversation.Id);
        var newer = Newer(conversation);
        if (place >= 0 && newer.LastSequence == _conversations[place].LastSequence)
        {
            _conversations[place] = newer;

            return true;
        }

        if (place >= 0)
            _conversations.RemoveAt(place);
        _conversations.Insert(0, newer);

        return true;
    }

    /// <summary>Those whose preview is gone at an instant, and when the next one will be.</summary>
    public (IReadOnlyList<Guid> Expired, DateTimeOffset? Next) PreviewsAt(DateTimeOffset now)
    {
        var endings = _conversations.Where(conversation => conversation.LastMessage?.ExpiresAt is not null).ToList();

        return (
            [.. endings.Where(conversation => !conversation.LastMessage!.IsVisibleAt(now)).Select(conversation => conversation.Id)],
            endings.Where(conversation => conversation.LastMessage!.IsVisibleAt(now)).Min(conversation => conversation.LastMessage!.ExpiresAt));
    }

    /// <summary>Shows no preview where it is gone, until the server has told which one comes in its place.</summary>
    public Conversation? DropPreview(Guid conversationId)
    {
        var place = IndexOf(conversationId);

        return place < 0 ? null : _conversations[place] = _conversations[place] with { LastMessage = null };
    }

    private int IndexOf(Guid id) => _conversations.FindIndex(conversation => conversation.Id == id);

    /// <summary>Of two pictures of a conversation the later one: neither its revision nor anybody's pointer ever goes back.</summary>
    private Conversation Newer(Conversation told)
    {
        var place = IndexOf(told.Id);

        return place < 0 || IsAtLeast(told, _conversations[place]) ? told : _conversations[place];
    }

    private bool Differs(Conversation told)
    {
        var place = IndexOf(told.Id);
        if (place < 0)
            return true;

        var held = _conversations[place];

        return IsAtLeast(told, held)
            && (told.Revision != held.Revision
                || told.UnreadCount != held.UnreadCount
                || told.LastMessage != held.LastMessage
                || !told.Participants.SequenceEqual(held.Participants));
    }

    private static bool IsAtLeast(Conversation told, Conversation held) =>
        told.Revision >= held.Revision
        && told.Participants.All(participant =>
            participant.LastReadSequence >= (held.Participants.FirstOrDefault(known => known.UserId == participant.UserId)?.LastReadSequence ?? 0));

    private static DateTimeOffset ActivityOf(Conversation conversation) => conversation.LastMessage?.CreatedAt ?? conversation.CreatedAt;
}
