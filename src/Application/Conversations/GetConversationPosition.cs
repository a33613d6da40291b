using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Gets the participants and the position of a conversation. A user who is not a participant gets <c>conversation.not_found</c>.
/// </summary>
public sealed record GetConversationPositionQuery(UserId UserId, ConversationId ConversationId) : IQuery<ConversationPosition>;

/// <param name="Sequence">The sequence of the newest message.</param>
public sealed record ConversationPosition(IReadOnlyList<Guid> ParticipantIds, long Sequence, long Revision);

internal sealed class GetConversationPositionHandler(IReadDatabase database)
    : IRequestHandler<GetConversationPositionQuery, ConversationPosition>
{
    public async Task<ConversationPosition> Handle(GetConversationPositionQuery query, CancellationToken cancellationToken)
    {
        var participants = await (
            from conversation in database.Conversations
            where conversation.Id == query.ConversationId
            join participant in database.Participants on conversation.Id equals participant.ConversationId
            select new { participant.UserId, conversation.LastSequence, conversation.Revision }).ToListAsync(cancellationToken);
        var own = participants.Find(participant => participant.UserId == query.UserId)
            ?? throw new DomainException(ConversationErrors.NotFound);

        return new ConversationPosition([.. participants.Select(participant => participant.UserId)], own.LastSequence, own.Revision);
    }
}
