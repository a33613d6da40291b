using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Gets, in one query, the data of the read-receipt events that participants receive when read pointers move.</summary>
public sealed record GetReadReceiptEventsQuery(IReadOnlyList<MessagesRead> Reads) : IQuery<IReadOnlyList<ReadReceiptEvent?>>
{
    /// <summary>The maximum number of message ids in one event.</summary>
    public const int MessagesMax = 100;
}

/// <param name="MessageIds">The messages that became read: visible messages of other users, oldest first, at most the newest 100.</param>
/// <param name="Sequence">The sequence of the conversation's newest message.</param>
/// <param name="Revision">The current revision of the conversation. A client with a lower revision has missed a change.</param>
public sealed record ReadReceiptEvent(IReadOnlyList<Guid> MessageIds, long Sequence, long Revision);

internal sealed class GetReadReceiptEventsHandler(ILiveReader reader)
    : IRequestHandler<GetReadReceiptEventsQuery, IReadOnlyList<ReadReceiptEvent?>>
{
    public Task<IReadOnlyList<ReadReceiptEvent?>> Handle(GetReadReceiptEventsQuery query, CancellationToken cancellationToken) =>
        reader.ReceiptsOfAsync(query.Reads, cancellationToken);
}
