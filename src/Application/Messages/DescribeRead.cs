using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Messages;

/// <summary>What those who follow a conversation are told of a read pointer that moved.</summary>
public sealed record GetReadReceiptEventQuery(Guid ReaderId, Guid ConversationId, long AfterSequence, long UpToSequence) : IQuery<ReadReceiptEvent>
{
    public const int MessagesMax = 100;
}

/// <param name="MessageIds">The messages that the move covered: the others' visible ones, oldest first, the newest 100 at most.</param>
/// <param name="Sequence">Of the conversation's newest message.</param>
/// <param name="Revision">Where the conversation stands; who has less has missed something.</param>
public sealed record ReadReceiptEvent(IReadOnlyList<Guid> MessageIds, long Sequence, long Revision);

internal sealed class GetReadReceiptEventHandler(IReadDatabase database, TimeProvider clock) : IRequestHandler<GetReadReceiptEventQuery, ReadReceiptEvent>
{
    public async Task<ReadReceiptEvent> Handle(GetReadReceiptEventQuery query, CancellationToken cancellationToken)
    {
        var conversation = await database.Conversations
            .Where(conversation => conversation.Id == query.ConversationId)
            .Select(conversation => new { conversation.LastSequence, conversation.Revision })
            .SingleAsync(cancellationToken);
        var newestFirst = await database.VisibleMessages(clock.GetUtcNow())
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
