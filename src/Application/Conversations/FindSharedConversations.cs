using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Finds the conversations of a user with given other users, with one index lookup for each other user.</summary>
/// <param name="OtherIds">The other users, some hundreds at most.</param>
public sealed record FindSharedConversationsQuery(Guid UserId, IReadOnlyList<Guid> OtherIds) : IQuery<IReadOnlyList<SharedConversation>>;

public sealed record SharedConversation(ConversationId ConversationId, UserId OtherId);

internal sealed class FindSharedConversationsHandler(IReadDatabase database)
    : IRequestHandler<FindSharedConversationsQuery, IReadOnlyList<SharedConversation>>
{
    public async Task<IReadOnlyList<SharedConversation>> Handle(FindSharedConversationsQuery query, CancellationToken cancellationToken) =>
        await database.Conversations
            .Where(conversation =>
                (conversation.PairLow == query.UserId && query.OtherIds.Contains(conversation.PairHigh))
                || (conversation.PairHigh == query.UserId && query.OtherIds.Contains(conversation.PairLow)))
            .Select(conversation => new SharedConversation(
                new ConversationId(conversation.Id),
                new UserId(conversation.PairLow == query.UserId ? conversation.PairHigh : conversation.PairLow)))
            .ToListAsync(cancellationToken);
}
