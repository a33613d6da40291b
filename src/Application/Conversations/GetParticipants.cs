using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Who is in a conversation, asked by one of them; whoever is not in it is told that it does not exist.</summary>
public sealed record GetParticipantsQuery(Guid UserId, Guid ConversationId) : IQuery<IReadOnlyList<Guid>>;

internal sealed class GetParticipantsHandler(IReadDatabase database) : IRequestHandler<GetParticipantsQuery, IReadOnlyList<Guid>>
{
    public async Task<IReadOnlyList<Guid>> Handle(GetParticipantsQuery query, CancellationToken cancellationToken)
    {
        var participants = await database.Participants
            .Where(participant => participant.ConversationId == query.ConversationId)
            .Select(participant => participant.UserId)
            .ToListAsync(cancellationToken);

        return participants.Contains(query.UserId) ? participants : throw new DomainException(ConversationErrors.NotFound);
    }
}
