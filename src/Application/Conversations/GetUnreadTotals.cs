using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Counts the user's unread messages and the conversations that contain them.</summary>
public sealed record GetUnreadTotalsQuery(Guid UserId) : IQuery<UnreadTotals>
{
    /// <summary>The maximum number of messages counted per conversation.</summary>
    public const int CountedMax = 100;

    /// <summary>How many sequences after the read pointer are searched first: few rows, and enough for nearly every conversation.</summary>
    internal const int Nearest = 250;
}

/// <summary>The number of unread messages and of conversations that contain them.</summary>
/// <param name="Conversations">The number of conversations with unread messages.</param>
/// <param name="Messages">The number of visible messages of other users after the user's read pointers, at most 100 per conversation.</param>
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

        // There may be more unread messages after expired ones or the user's own.
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
