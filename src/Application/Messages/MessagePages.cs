using CleanMessaging.Application.Storage;

namespace CleanMessaging.Application.Messages;

/// <summary>Builds pages from the messages nearest to an anchor, within the limits of a page.</summary>
internal static class MessagePages
{
    /// <summary>Builds the page on one side of an anchor.</summary>
    /// <param name="nearest">One message more than the limit, if there is one.</param>
    /// <param name="isOlder">Whether the page is before the anchor.</param>
    public static MessagePage NextToAnchor(NearestMessages nearest, bool isOlder, int limit, ResponseBudget budget)
    {
        var fitting = Math.Min(limit, budget.CountFitting(nearest.Messages.Select(JsonSize.Of)));
        var hasMore = nearest.Messages.Count > fitting;
        var messages = nearest.Messages.Take(fitting).ToList();
        if (isOlder)
            messages.Reverse();

        return Build(
            messages,
            nearest.Deleted,
            isCutBefore: isOlder && hasMore,
            isCutAfter: !isOlder && hasMore,
            hasMoreBefore: isOlder ? hasMore : nearest.IsMoreBehind,
            hasMoreAfter: isOlder ? nearest.IsMoreBehind : hasMore);
    }

    /// <summary>
    /// Builds the page around a sequence. Takes the nearest messages alternately from both sides, beginning with the message of the
    /// sequence, and continues on one side where the other one ends.
    /// </summary>
    /// <param name="nearest">For each side one message more than the limit, if there is one.</param>
    public static MessagePage Around(NearestOnBothSides nearest, int limit, ResponseBudget budget)
    {
        var (older, newer) = (nearest.Older.Messages, nearest.Newer.Messages);
        var alternating = Enumerable.Range(0, limit + 1)
            .SelectMany(index => newer.Skip(index).Take(1).Concat(older.Skip(index).Take(1)))
            .ToList();
        var fitting = Math.Min(limit, budget.CountFitting(alternating.Select(JsonSize.Of)));
        var messages = alternating.Take(fitting).OrderBy(message => message.Sequence).ToList();
        var hasMoreBefore = older is [.., var first] && first.Sequence < messages[0].Sequence;
        var hasMoreAfter = newer is [.., var last] && last.Sequence > messages[^1].Sequence;

        return Build(
            messages, [.. nearest.Older.Deleted, .. nearest.Newer.Deleted], hasMoreBefore, hasMoreAfter, hasMoreBefore, hasMoreAfter);
    }

    /// <param name="messages">The page's messages, oldest first.</param>
    /// <param name="deleted">The tombstones nearest to the anchor, in any order.</param>
    /// <param name="isCutBefore">Whether tombstones before the page's first message belong to another page.</param>
    /// <param name="isCutAfter">Whether tombstones after the page's last message belong to another page.</param>
    /// <param name="hasMoreBefore">Whether there are visible messages before the page.</param>
    /// <param name="hasMoreAfter">Whether there are visible messages after the page.</param>
    private static MessagePage Build(
        List<MessageResponse> messages,
        IReadOnlyList<Tombstone> deleted,
        bool isCutBefore,
        bool isCutAfter,
        bool hasMoreBefore,
        bool hasMoreAfter)
    {
        var (oldest, newest) = (messages.FirstOrDefault()?.Sequence, messages.LastOrDefault()?.Sequence);
        var within = deleted
            .Where(tombstone => !isCutBefore || tombstone.Sequence > oldest)
            .Where(tombstone => !isCutAfter || tombstone.Sequence < newest)
            .OrderBy(tombstone => tombstone.Sequence);

        return new MessagePage(messages, [.. within], new MessagePageInfo(hasMoreBefore, hasMoreAfter, oldest, newest), Quoted: []);
    }
}
