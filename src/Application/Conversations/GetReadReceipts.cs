using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Gets, in one query, the read receipts that participants receive when read pointers move.</summary>
public sealed record GetReadReceiptsQuery(IReadOnlyList<MessagesRead> Reads) : IQuery<IReadOnlyList<ReadReceipt?>>
{
    /// <summary>The maximum number of message ids in one read receipt.</summary>
    public const int MessagesMax = 100;
}

/// <summary>The messages that became read when a read pointer moved, and the state of the conversation.</summary>
/// <param name="MessageIds">The messages that became read: visible messages of other users, oldest first, at most the newest 100.</param>
/// <param name="Sequence">The sequence of the conversation's newest message.</param>
/// <param name="Revision">The current revision of the conversation. A client with a lower revision has missed a change.</param>
public sealed record ReadReceipt(IReadOnlyList<Guid> MessageIds, long Sequence, long Revision);

internal sealed class GetReadReceiptsHandler(ILiveReader reader)
    : IRequestHandler<GetReadReceiptsQuery, IReadOnlyList<ReadReceipt?>>
{
    public Task<IReadOnlyList<ReadReceipt?>> Handle(GetReadReceiptsQuery query, CancellationToken cancellationToken) =>
        reader.ReceiptsOfAsync(query.Reads, cancellationToken);
}
