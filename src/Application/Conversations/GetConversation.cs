using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Gets one of the user's conversations.</summary>
public sealed record GetConversationQuery(Guid UserId, Guid ConversationId) : IQuery<ConversationResponse>;

internal sealed class GetConversationHandler(IReadDatabase database, TimeProvider clock, IMapper mapper)
    : IRequestHandler<GetConversationQuery, ConversationResponse>
{
    public async Task<ConversationResponse> Handle(GetConversationQuery query, CancellationToken cancellationToken)
    {
        var view = await database.ConversationsOf(query.UserId, clock.GetUtcNow())
            .SingleOrDefaultAsync(view => view.Conversation.Id == query.ConversationId, cancellationToken);

        return view is null ? throw new DomainException(ConversationErrors.NotFound) : mapper.Map<ConversationResponse>(view);
    }
}
