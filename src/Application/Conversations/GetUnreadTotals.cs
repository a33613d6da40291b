using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Counts the user's unread messages and the conversations that contain them.</summary>
public sealed record GetUnreadTotalsQuery(Guid UserId) : IQuery<UnreadTotals>
{
    /// <summary>The maximum number of messages counted per conversation.</summary>
    public const int CountedMax = 100;
}

/// <summary>The number of unread messages and of conversations that contain them.</summary>
/// <param name="Conversations">The number of conversations with unread messages, without archived ones.</param>
/// <param name="Messages">
/// The number of visible messages of other users after the user's read pointers, at most 100 per conversation, without archived ones.
/// </param>
/// <param name="ArchivedConversations">The number of archived conversations with unread messages.</param>
/// <param name="ArchivedMessages">The number of unread messages in them, at most 100 per conversation.</param>
public sealed record UnreadTotals(int Conversations, int Messages, int ArchivedConversations, int ArchivedMessages);

internal sealed class GetUnreadTotalsHandler(IConversationReader conversations, TimeProvider clock)
    : IRequestHandler<GetUnreadTotalsQuery, UnreadTotals>
{
    public Task<UnreadTotals> Handle(GetUnreadTotalsQuery query, CancellationToken cancellationToken) =>
        conversations.CountUnreadAsync(query.UserId, clock.GetUtcNow(), GetUnreadTotalsQuery.CountedMax, cancellationToken);
}
