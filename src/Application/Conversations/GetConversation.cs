using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Gets one of the user's conversations.</summary>
public sealed record GetConversationQuery(UserId UserId, ConversationId ConversationId) : IQuery<ConversationResponse>;

internal sealed class GetConversationHandler(IConversationReader conversations, TimeProvider clock)
    : IRequestHandler<GetConversationQuery, ConversationResponse>
{
    public async Task<ConversationResponse> Handle(GetConversationQuery query, CancellationToken cancellationToken) =>
        await conversations.FindAsync(query.UserId, query.ConversationId, clock.GetUtcNow(), cancellationToken)
        ?? throw new DomainException(ConversationErrors.NotFound);
}
