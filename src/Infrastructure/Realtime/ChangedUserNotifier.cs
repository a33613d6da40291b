using CleanMessaging.Application.Conversations;
using CleanMessaging.Infrastructure.Realtime.Events;
using MediatR;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Sends <c>ConversationUpdated</c> to those other participants of a changed user's conversations who are connected to this server. The
/// number of queries depends on the number of connected users, however many conversations the user has.
/// </summary>
internal sealed class ChangedUserNotifier(BoundedHubLifetimeManager connections, EventPresenter presenter, IMediator mediator)
{
    /// <summary>The maximum number of connected users that one query covers.</summary>
    private const int UsersPerQuery = 500;

    /// <summary>The maximum number of conversations that one query reads.</summary>
    private const int ConversationsPerQuery = 50;

    public async Task NotifyAsync(Guid userId)
    {
        foreach (var others in connections.UserIds.Where(other => other != userId).Chunk(UsersPerQuery))
        {
            var shared = await mediator.Send(new FindSharedConversationsQuery(userId, others));
            foreach (var some in shared.Chunk(ConversationsPerQuery))
            {
                await presenter.SendConversationUpdatesAsync(
                    [.. some.Select(one => one.ConversationId)], [.. some.Select(one => one.OtherId)]);
            }
        }
    }
}
