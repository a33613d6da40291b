using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Who is in a conversation and where it stands, asked by one of them; whoever is not in it is told that it does not exist.
/// </summary>
public sealed record GetConversationPositionQuery(Guid UserId, Guid ConversationId) : IQuery<ConversationPosition>;

/// <param name="Sequence">Of the newest message.</param>
public sealed record ConversationPosition(IReadOnlyList<Guid> ParticipantIds, long Sequence, long Revision);

internal sealed class GetConversationPositionHandler(IReadDatabase database) : IRequestHandler<GetConversationPositionQuery, ConversationPosition>
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
