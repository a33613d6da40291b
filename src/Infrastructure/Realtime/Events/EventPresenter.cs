using AutoMapper;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Infrastructure.Telemetry;
using MediatR;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime.Events;

/// <summary>
/// Presents events to this server's connections: sends hub events, and closes the connections of revoked sessions. The registry determines
/// which event is presented by which method.
/// </summary>
internal sealed partial class EventPresenter(
    IHubContext<MessagingHub, IMessagingClient> hub,
    BoundedHubLifetimeManager connections,
    RevokedSessionCache revokedSessions,
    TypingIndicators typingIndicators,
    RecentDeletions recentDeletions,
    TimeProvider clock,
    IMediator mediator,
    IMapper mapper,
    MessagingMetrics metrics,
    ILogger<EventPresenter> logger)
{
    /// <summary>The maximum number of connected users that one query covers.</summary>
    private const int UsersPerQuery = 500;

    /// <summary>The maximum number of conversations that one query reads.</summary>
    private const int ConversationsPerQuery = 50;

    /// <summary>Returns whether one of the users is connected to this server.</summary>
    public bool HasConnections(IEnumerable<Guid> userIds) => userIds.Any(IsConnected);

    /// <summary>
    /// Sends a message to the connections that joined, unless it was deleted or has expired while it waited. A client then detects the
    /// missing revision at the next event.
    /// </summary>
    public async Task SendNewMessageAsync(CommittedMessage committed)
    {
        var message = committed.Message;
        if (message.HasExpired(clock.GetUtcNow()) || recentDeletions.Contains(message.MessageId))
            return;

        var joined = HubGroups.AllJoined(message.ConversationId, message.ParticipantIds);
        if (!joined.Any(connections.HasConnectionsIn))
            return;

        await hub.Clients
            .Groups(joined)
            .NewMessage(new NewMessageEvent(message.ConversationId, mapper.Map<MessageResponse>(message)));
        metrics.Delivered(committed.Since);
    }

    public Task RecordDeletionAsync(MessageDeleted deleted)
    {
        recentDeletions.Add(deleted.MessageId);

        return Task.CompletedTask;
    }

    public Task SendMessageDeletedAsync(MessageDeleted deleted) =>
        hub.Clients
            .Groups(HubGroups.AllJoined(deleted.ConversationId, deleted.ViewerIds))
            .MessageDeleted(new MessageDeletedEvent(deleted.ConversationId, Tombstone.Of(deleted)));

    public Task SendExpirationChangedAsync(DefaultExpirationChanged changed) =>
        hub.Clients
            .Groups(HubGroups.AllJoined(changed.ConversationId, changed.ParticipantIds))
            .ExpirationChanged(new ExpirationChangedEvent(
                ConversationId: changed.ConversationId, changed.Revision, changed.DefaultExpirationHours, ByUserId: changed.ByUserId));

    /// <summary>
    /// Sends changed messages to the connections that joined, as they are now. One query reads all of them. A user who has hidden or
    /// cleared a message does not receive it. A message that has expired or was deleted since is not sent; a client detects the missing
    /// revision and requests what it missed.
    /// </summary>
    /// <param name="changes">At most one for each message.</param>
    public async Task SendMessagesChangedAsync(IReadOnlyList<MessageChange> changes)
    {
        var received = changes
            .Where(change => HubGroups.AllJoined(change.ConversationId, change.ParticipantIds).Any(connections.HasConnectionsIn))
            .ToDictionary(change => change.MessageId.Value);
        if (received.Count == 0)
            return;

        var changed = await mediator.Send(new GetChangedMessagesQuery([.. received.Values.Select(change => change.MessageId)]));
        foreach (var (message, viewerIds) in changed)
        {
            var change = received[message.Id];
            await hub.Clients
                .Groups(HubGroups.AllJoined(change.ConversationId, viewerIds))
                .MessageChanged(new MessageChangedEvent(message.ConversationId, message, [.. change.Revisions.Order()]));
        }
    }

    /// <summary>Sends read receipts to the connections that joined. One query reads the data of all of them.</summary>
    public async Task SendReadReceiptsAsync(IReadOnlyList<MessagesRead> reads)
    {
        var received = reads
            .Where(read => HubGroups.AllJoined(read.ConversationId, read.ParticipantIds).Any(connections.HasConnectionsIn))
            .ToList();
        if (received.Count == 0)
            return;

        var receipts = await mediator.Send(new GetReadReceiptsQuery(received));
        foreach (var (read, receipt) in received.Zip(receipts))
        {
            if (receipt is null)
                continue;

            await hub.Clients.Groups(HubGroups.AllJoined(read.ConversationId, read.ParticipantIds)).Read(new ReadEvent(
                ConversationId: read.ConversationId,
                UserId: read.UserId,
                receipt.MessageIds,
                read.LastReadSequence,
                receipt.Sequence,
                receipt.Revision));
        }
    }

    /// <summary>Sends list updates to the participants who are connected.</summary>
    public Task SendConversationUpdatesAsync(IReadOnlyList<ListChange> changes) => SendConversationUpdatesAsync(
        [.. changes.Select(change => change.ConversationId)],
        [.. changes.SelectMany(change => change.ParticipantIds).Distinct().Where(IsConnected).Select(userId => new UserId(userId))]);

    /// <summary>
    /// Sends list updates to those of the viewers who participate in the conversations. One query reads the conversations as each of them
    /// sees them.
    /// </summary>
    public async Task SendConversationUpdatesAsync(IReadOnlyList<ConversationId> conversationIds, IReadOnlyList<UserId> viewerIds)
    {
        foreach (var (viewerId, _, conversation) in await mediator.Send(new ViewConversationsQuery(conversationIds, viewerIds)))
            await hub.Clients.Group(HubGroups.User(viewerId)).ConversationUpdated(new ConversationUpdatedEvent(conversation));
    }

    /// <summary>
    /// Sends list updates to those other participants of a user's conversations who are connected to this server. The number of queries
    /// depends on the number of connected users, however many conversations the user has.
    /// </summary>
    public async Task SendUserChangedAsync(ChangedUser changed)
    {
        foreach (var others in connections.UserIds.Where(other => other != changed.UserId).Chunk(UsersPerQuery))
        {
            var shared = await mediator.Send(new FindSharedConversationsQuery(changed.UserId, others));
            foreach (var some in shared.Chunk(ConversationsPerQuery))
                await SendConversationUpdatesAsync([.. some.Select(one => one.ConversationId)], [.. some.Select(one => one.OtherId)]);
        }
    }

    /// <summary>
    /// Sends a user's personal state to every connection of that user, and a list update for clients that only show a list. The other
    /// participant receives neither.
    /// </summary>
    public async Task SendPersonalStatesAsync(IReadOnlyList<PersonalStateChanged> changes)
    {
        var received = changes.Where(change => IsConnected(change.UserId)).ToList();
        if (received.Count == 0)
            return;

        foreach (var changed in await mediator.Send(new GetPersonalStatesQuery(received)))
        {
            var own = hub.Clients.Group(HubGroups.User(changed.UserId));
            await own.PersonalChanged(new PersonalChangedEvent(
                changed.Conversation.Id, changed.Conversation.Personal, changed.SincePersonalRevision, changed.Hidden));
            await own.ConversationUpdated(new ConversationUpdatedEvent(changed.Conversation));
        }
    }

    /// <summary>Updates the typing indicators, and sends the event to every connection of the other participants.</summary>
    public Task SendTypingAsync(UserTyped typed) =>
        typingIndicators.Add(typed)
            ? hub.Clients
                .Groups([.. typed.NotifiedIds.Select(HubGroups.User)])
                .Typing(new TypingEvent(
                    ConversationId: typed.ConversationId,
                    UserId: typed.UserId,
                    typed.IsTyping,
                    typed.Until,
                    typed.Sequence,
                    typed.Revision))
            : Task.CompletedTask;

    /// <summary>Rejects the access tokens of a revoked session, and closes its connections.</summary>
    public Task RevokeSessionAsync(SessionRevoked revoked)
    {
        revokedSessions.Add(revoked.SessionId, revoked.At);
        Log.SessionRevoked(logger, revoked.SessionId, revoked.UserId);

        return Task.CompletedTask;
    }

    private bool IsConnected(Guid userId) => connections.HasConnectionsIn(HubGroups.User(userId));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Session {SessionId} of user {UserId} was revoked; rejecting its access tokens and closing its connections")]
        public static partial void SessionRevoked(ILogger logger, SessionId sessionId, UserId userId);
    }
}
