using AutoMapper;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Reads, in one query, these conversations as each of these viewers sees them. A viewer gets only conversations that they participate in.</summary>
public sealed record DescribeConversationsQuery(IReadOnlyList<Guid> ConversationIds, IReadOnlyList<Guid> ViewerIds) : IQuery<IReadOnlyList<DescribedConversation>>;

/// <param name="Conversation">The conversation as the viewer sees it.</param>
public sealed record DescribedConversation(Guid ViewerId, ConversationResponse Conversation);

internal sealed class DescribeConversationsHandler(IConversationStateReader states, IMapper mapper)
    : IRequestHandler<DescribeConversationsQuery, IReadOnlyList<DescribedConversation>>
{
    public async Task<IReadOnlyList<DescribedConversation>> Handle(DescribeConversationsQuery query, CancellationToken cancellationToken)
    {
        var read = await states.ReadAsync(query.ConversationIds, query.ViewerIds, cancellationToken);

        return [.. read.SelectMany(Describe)];
    }

    private IEnumerable<DescribedConversation> Describe(ConversationState state)
    {
        var last = state.LastMessage is { } message
            ? mapper.Map<MessageResponse>(message) with { IsRead = state.LastMessageReadAt is not null, ReadAt = state.LastMessageReadAt }
            : null;

        return state.UnreadCounts.Select(unread => new DescribedConversation(unread.Key, new ConversationResponse(
            state.Id, state.Participants, last, unread.Value, state.LastSequence, state.Revision, state.CreatedAt)));
    }
}
