using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>How much the user has not read, over all of their conversations.</summary>
public sealed record GetUnreadTotalsQuery(Guid UserId) : IQuery<UnreadTotals>
{
    /// <summary>The most messages of one conversation that are counted.</summary>
    public const int CountedMax = 100;

    /// <summary>How far after the read pointer is looked first: a few rows, and enough in nearly every conversation.</summary>
    internal const int Nearest = 250;
}

/// <summary>How much a user has not read.</summary>
/// <param name="Conversations">Conversations with unread messages.</param>
/// <param name="Messages">Others' visible messages after the user's read pointers, of each conversation 100 at most.</param>
public sealed record UnreadTotals(int Conversations, int Messages);

internal sealed class GetUnreadTotalsHandler(IReadDatabase database, TimeProvider clock) : IRequestHandler<GetUnreadTotalsQuery, UnreadTotals>
{
    public async Task<UnreadTotals> Handle(GetUnreadTotalsQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var behind = database.MembershipsOf(query.UserId).Where(membership => membership.Viewer.LastReadSequence < membership.Conversation.LastSequence);
        var nearest = await behind
            .Select(membership => new
            {
                membership.Conversation.Id,
                Unread = MessageFunctions.CountReceived(
                    membership.Conversation.Id,
                    query.UserId,
                    now,
                    membership.Viewer.LastReadSequence,
                    Math.Min(membership.Conversation.LastSequence, membership.Viewer.LastReadSequence + GetUnreadTotalsQuery.Nearest)),
                HasMore = membership.Conversation.LastSequence > membership.Viewer.LastReadSequence + GetUnreadTotalsQuery.Nearest,
            })
            .ToListAsync(cancellationToken);

        // Behind messages that have expired, or the user's own, there may be more.
        var farther = nearest.Where(one => one.HasMore && one.Unread < GetUnreadTotalsQuery.CountedMax).Select(one => one.Id).ToList();
        var counted = farther.Count == 0
            ? []
            : await behind
                .Where(membership => farther.Contains(membership.Conversation.Id))
                .Select(membership => new
                {
                    membership.Conversation.Id,
                    Unread = MessageFunctions.CountReceived(
                        membership.Conversation.Id, query.UserId, now, membership.Viewer.LastReadSequence, membership.Conversation.LastSequence),
                })
                .ToDictionaryAsync(one => one.Id, one => one.Unread, cancellationToken);
        var unread = nearest.ConvertAll(one => Math.Min(counted.GetValueOrDefault(one.Id, one.Unread), GetUnreadTotalsQuery.CountedMax));

        return new UnreadTotals(unread.Count(count => count > 0), unread.Sum());
    }
}
