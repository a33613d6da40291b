using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Gets, in one query, changed messages and the participants who see them. Messages that have expired or were deleted since are omitted.
/// </summary>
public sealed record GetChangedMessagesQuery(IReadOnlyList<MessageId> MessageIds) : IQuery<IReadOnlyList<MessageWithViewers>>;

/// <param name="ViewerIds">The participants who have neither hidden nor cleared the message.</param>
public sealed record MessageWithViewers(MessageResponse Message, IReadOnlyList<Guid> ViewerIds);

internal sealed class GetChangedMessagesHandler(ILiveReader reader)
    : IRequestHandler<GetChangedMessagesQuery, IReadOnlyList<MessageWithViewers>>
{
    public Task<IReadOnlyList<MessageWithViewers>> Handle(GetChangedMessagesQuery query, CancellationToken cancellationToken) =>
        reader.ChangedMessagesAsync(query.MessageIds, cancellationToken);
}
