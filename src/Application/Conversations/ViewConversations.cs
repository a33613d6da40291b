using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Reads, in one query, these conversations as each of these viewers sees them. A viewer gets only conversations that they participate in.
/// </summary>
public sealed record ViewConversationsQuery(IReadOnlyList<ConversationId> ConversationIds, IReadOnlyList<UserId> ViewerIds)
    : IQuery<IReadOnlyList<ConversationView>>;

internal sealed class ViewConversationsHandler(ILiveReader reader)
    : IRequestHandler<ViewConversationsQuery, IReadOnlyList<ConversationView>>
{
    public Task<IReadOnlyList<ConversationView>> Handle(ViewConversationsQuery query, CancellationToken cancellationToken) =>
        reader.ViewAsync(query.ViewerIds, query.ConversationIds, cancellationToken);
}
