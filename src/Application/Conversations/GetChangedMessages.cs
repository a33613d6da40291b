using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Gets, in one query, changed messages as both participants of their conversations see them. Messages that have expired or were deleted
/// since are omitted.
/// </summary>
public sealed record GetChangedMessagesQuery(IReadOnlyList<MessageId> MessageIds) : IQuery<IReadOnlyList<MessageResponse>>;

internal sealed class GetChangedMessagesHandler(ILiveReader reader)
    : IRequestHandler<GetChangedMessagesQuery, IReadOnlyList<MessageResponse>>
{
    public Task<IReadOnlyList<MessageResponse>> Handle(GetChangedMessagesQuery query, CancellationToken cancellationToken) =>
        reader.MessagesAsync(query.MessageIds, cancellationToken);
}
