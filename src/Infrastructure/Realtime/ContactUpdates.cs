using CleanMessaging.Application.Conversations;
using MediatR;
using Microsoft.AspNetCore.SignalR;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Sends <c>ConversationUpdated</c> to those other participants of a user's conversations who are connected to this server. The number of
/// queries depends on the number of connected users, however many conversations the user has.
/// </summary>
internal sealed class ContactUpdates(
    IHubContext<MessagingHub, IMessagingClient> hub, BoundedHubLifetimeManager connections, IMediator mediator)
{
    /// <summary>The maximum number of connected users that one query covers.</summary>
    private const int UsersPerQuery = 500;

    /// <summary>The maximum number of conversations that one query describes.</summary>
    private const int ConversationsPerQuery = 50;

    public async Task SendAsync(Guid userId)
    {
        foreach (var others in connections.UserIds.Where(other => other != userId).Chunk(UsersPerQuery))
        {
            var shared = await mediator.Send(new FindSharedConversationsQuery(userId, others));
            foreach (var some in shared.Chunk(ConversationsPerQuery))
            {
                var described = await mediator.Send(new DescribeConversationsQuery(
                    [.. some.Select(one => one.ConversationId)], [.. some.Select(one => one.OtherId)]));
                foreach (var (viewerId, _, conversation) in described)
                    await hub.Clients.Group(HubGroups.User(viewerId)).ConversationUpdated(new ConversationUpdatedEvent(conversation));
            }
        }
    }
}
