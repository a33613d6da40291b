using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Reads, in one query, these conversations as each of these viewers sees them. A viewer gets only conversations that they participate in.
/// </summary>
public sealed record DescribeConversationsQuery(IReadOnlyList<ConversationId> ConversationIds, IReadOnlyList<UserId> ViewerIds)
    : IQuery<IReadOnlyList<ConversationView>>;

internal sealed class DescribeConversationsHandler(ILiveReader reader)
    : IRequestHandler<DescribeConversationsQuery, IReadOnlyList<ConversationView>>
{
    public Task<IReadOnlyList<ConversationView>> Handle(DescribeConversationsQuery query, CancellationToken cancellationToken) =>
        reader.ViewAsync(query.ViewerIds, query.ConversationIds, cancellationToken);
}
