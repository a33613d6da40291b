using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Reads, in one query, these conversations as each of these viewers sees them. A viewer gets only conversations that they participate in.</summary>
public sealed record DescribeConversationsQuery(IReadOnlyList<Guid> ConversationIds, IReadOnlyList<Guid> ViewerIds) : IQuery<IReadOnlyList<DescribedConversation>>;

/// <param name="Conversation">The conversation as the viewer sees it.</param>
public sealed record DescribedConversation(Guid ViewerId, ConversationResponse Conversation);

internal sealed class DescribeConversationsHandler(IConversationReader conversations, TimeProvider clock)
    : IRequestHandler<DescribeConversationsQuery, IReadOnlyList<DescribedConversation>>
{
    public async Task<IReadOnlyList<DescribedConversation>> Handle(DescribeConversationsQuery query, CancellationToken cancellationToken)
    {
        var views = await conversations.ViewAsync(query.ViewerIds, query.ConversationIds, clock.GetUtcNow(), cancellationToken);

        return [.. views.Select(view => new DescribedConversation(view.ViewerId, view.Conversation))];
    }
}
