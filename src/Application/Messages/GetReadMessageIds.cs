using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Messages;

/// <summary>Which messages a move of a read pointer covered: the others' visible ones, oldest first, the newest 100 at most.</summary>
public sealed record GetReadMessageIdsQuery(Guid ReaderId, Guid ConversationId, long AfterSequence, long UpToSequence) : IQuery<IReadOnlyList<Guid>>
{
    public const int Max = 100;
}

internal sealed class GetReadMessageIdsHandler(IReadDatabase database, TimeProvider clock)
    : IRequestHandler<GetReadMessageIdsQuery, IReadOnlyList<Guid>>
{
    public async Task<IReadOnlyList<Guid>> Handle(GetReadMessageIdsQuery query, CancellationToken cancellationToken)
    {
        var newestFirst = await database.VisibleMessages(clock.GetUtcNow())
            .Where(message => message.ConversationId == query.ConversationId
                && message.SenderId != query.ReaderId
                && message.Sequence > query.AfterSequence
                && message.Sequence <= query.UpToSequence)
            .OrderByDescending(message => message.Sequence)
            .Take(GetReadMessageIdsQuery.Max)
            .Select(message => message.Id)
            .ToListAsync(cancellationToken);
        newestFirst.Reverse();

        return newestFirst;
    }
}
