using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Reads, in one query, these conversations as each of these viewers sees them. A viewer gets only conversations that they participate in.</summary>
public sealed record DescribeConversationsQuery(IReadOnlyList<Guid> ConversationIds, IReadOnlyList<Guid> ViewerIds) : IQuery<IReadOnlyList<DescribedConversation>>;

/// <param name="Conversation">The conversation as the viewer sees it.</param>
public sealed record DescribedConversation(Guid ViewerId, ConversationResponse Conversation);

internal sealed class DescribeConversationsHandler(IReadDatabase database, TimeProvider clock, IMapper mapper)
    : IRequestHandler<DescribeConversationsQuery, IReadOnlyList<DescribedConversation>>
{
    public async Task<IReadOnlyList<DescribedConversation>> Handle(DescribeConversationsQuery query, CancellationToken cancellationToken)
    {
        var views = await database.Memberships()
            .Where(membership => query.ConversationIds.Contains(membership.Viewer.ConversationId) && query.ViewerIds.Contains(membership.Viewer.UserId))
            .ViewedAt(clock.GetUtcNow(), database)
            .ToListAsync(cancellationToken);

        return views.ConvertAll(view => new DescribedConversation(view.ViewerId, mapper.Map<ConversationResponse>(view)));
    }
}
