using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Messages;

/// <summary>Gets the data of the read-receipt event that the participants of a conversation receive when a read pointer moves.</summary>
public sealed record GetReadReceiptEventQuery(Guid ReaderId, Guid ConversationId, long AfterSequence, long UpToSequence) : IQuery<ReadReceiptEvent>
{
    public const int MessagesMax = 100;
}

/// <param name="MessageIds">The messages that became read: visible messages of other users, oldest first, at most the newest 100.</param>
/// <param name="Sequence">The sequence of the conversation's newest message.</param>
/// <param name="Revision">The current revision of the conversation. A client with a lower revision has missed a change.</param>
public sealed record ReadReceiptEvent(IReadOnlyList<Guid> MessageIds, long Sequence, long Revision);

internal sealed class GetReadReceiptEventHandler(IReadDatabase database, TimeProvider clock) : IRequestHandler<GetReadReceiptEventQuery, ReadReceiptEvent>
{
    public async Task<ReadReceiptEvent> Handle(GetReadReceiptEventQuery query, CancellationToken cancellationToken)
    {
        var conversation = await database.Conversations
            .Where(conversation => conversation.Id == query.ConversationId)
            .Select(conversation => new { conversation.LastSequence, conversation.Revision })
            .SingleAsync(cancellationToken);
        var newestFirst = await database.VisibleMessages(query.ReaderId, clock.GetUtcNow())
            .Where(message => message.ConversationId == query.ConversationId
                && message.SenderId != query.ReaderId
                && message.Sequence > query.AfterSequence
                && message.Sequence <= query.UpToSequence)
            .OrderByDescending(message => message.Sequence)
            .Take(GetReadReceiptEventQuery.MessagesMax)
            .Select(message => message.Id)
            .ToListAsync(cancellationToken);
        newestFirst.Reverse();

        return new ReadReceiptEvent(newestFirst, conversation.LastSequence, conversation.Revision);
    }
}
