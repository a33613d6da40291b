namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>A page of messages, computed from the plain list of all messages.</summary>
internal sealed record PlainPage(
    IReadOnlyList<PlainMessage> Messages,
    IReadOnlyList<PlainMessage> Deleted,
    IReadOnlyList<PlainMessage> Quoted,
    bool HasMoreBefore,
    bool HasMoreAfter)
{
    /// <summary>Returns the newest messages.</summary>
    public static PlainPage Newest(PlainConversation conversation, PlainParticipant viewer, int limit, DateTimeOffset now) =>
        Before(conversation, viewer, long.MaxValue, limit, now);

    /// <summary>Returns the page that ends right before a sequence.</summary>
    public static PlainPage Before(PlainConversation conversation, PlainParticipant viewer, long anchor, int limit, DateTimeOffset now)
    {
        var visible = conversation.VisibleTo(viewer, now);
        var page = visible.Where(one => one.Sequence < anchor).TakeLast(limit).ToList();
        var hasMore = visible.Any(one => page.Count > 0 && one.Sequence < page[0].Sequence);

        return Build(conversation, viewer, page, now, hasMore ? page[0].Sequence : 0, anchor, hasMore, visible.Exists(one => one.Sequence >= anchor));
    }

    /// <summary>Returns the page that begins right after a sequence.</summary>
    public static PlainPage After(PlainConversation conversation, PlainParticipant viewer, long anchor, int limit, DateTimeOffset now)
    {
        var visible = conversation.VisibleTo(viewer, now);
        var page = visible.Where(one => one.Sequence > anchor).Take(limit).ToList();
        var hasMore = visible.Any(one => page.Count > 0 && one.Sequence > page[^1].Sequence);

        return Build(
            conversation, viewer, page, now, anchor, hasMore ? page[^1].Sequence : long.MaxValue, visible.Exists(one => one.Sequence <= anchor), hasMore);
    }

    /// <summary>Returns the messages nearest to a sequence: alternately a newer one, beginning with its own, and an older one.</summary>
    public static PlainPage Around(PlainConversation conversation, PlainParticipant viewer, long sequence, int limit, DateTimeOffset now)
    {
        var visible = conversation.VisibleTo(viewer, now);
        var newer = new Queue<PlainMessage>(visible.Where(one => one.Sequence >= sequence));
        var older = new Stack<PlainMessage>(visible.Where(one => one.Sequence < sequence));
        var page = new List<PlainMessage>();
        while (page.Count < limit && newer.Count + older.Count > 0)
        {
            if (newer.Count > 0)
                page.Add(newer.Dequeue());

            if (page.Count < limit && older.Count > 0)
                page.Add(older.Pop());
        }

        page.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));

        return Build(
            conversation,
            viewer,
            page,
            now,
            older.Count > 0 ? page[0].Sequence : 0,
            newer.Count > 0 ? page[^1].Sequence : long.MaxValue,
            older.Count > 0,
            newer.Count > 0);
    }

    private static PlainPage Build(
        PlainConversation conversation, PlainParticipant viewer, List<PlainMessage> page, DateTimeOffset now, long beyond, long below, bool before, bool after)
    {
        var quoted = page.Select(one => one.Sent.ReplyTo).OfType<long>().Distinct().Order()
            .Select(sequence => conversation.Messages[(int)sequence - 1])
            .Where(one => viewer.Sees(one, now) && !page.Contains(one));
        var deleted = conversation.Messages.Where(one => one.Sequence > beyond && one.Sequence < below && viewer.SeesDeletionOf(one, now));

        return new PlainPage(page, [.. deleted], [.. quoted], before, after);
    }
}
