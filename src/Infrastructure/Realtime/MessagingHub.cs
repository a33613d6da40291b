using System.Text.Json;
using CleanMessaging.Application.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.Infrastructure.Tokens;
using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// The real-time API of conversations. Every method takes one object, checks that the caller is a participant, and fails with the same
/// error codes as REST (see <see cref="HubFailureFilter"/>).
/// </summary>
[Authorize]
internal sealed class MessagingHub(
    IMediator mediator,
    RealtimeNotifier notifier,
    RevokedSessionCache revokedSessions,
    AccessVersions accessVersions,
    TimeProvider clock) : Hub<IMessagingClient>
{
    /// <summary>How long a typing indicator is valid without being renewed.</summary>
    public static readonly TimeSpan TypingLifetime = TimeSpan.FromSeconds(6);

    /// <summary>The session of the connection's token; null for a token of an external issuer.</summary>
    private Guid? SessionId => Context.User?.FindFirst(TokenClaims.SessionId) is { } session ? Guid.Parse(session.Value) : null;

    private UserId UserId => new(Guid.Parse(Context.UserIdentifier ?? throw new HubException("The connection has no user.")));

    public override async Task OnConnectedAsync()
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, HubGroups.User(UserId));
        if (SessionId is { } sessionId)
            await Groups.AddToGroupAsync(Context.ConnectionId, HubGroups.Session(sessionId));

        // Joins the groups first, then checks the access: a revocation in between is detected by one of the two.
        if (IsAccessRevoked())
        {
            Context.Abort();
            return;
        }

        await Clients.Caller.Connected(new ConnectedEvent(UserId));
    }

    private bool IsAccessRevoked() =>
        (SessionId is { } sessionId && revokedSessions.Contains(sessionId))
            || (Context.User is { } caller && accessVersions.IsOutdated(caller));

    /// <summary>Joins the connection to a conversation. Returns <c>Joined</c>, and sends it as an event as well.</summary>
    public async Task<JoinedConversation> Join(JsonElement request)
    {
        var join = StrictJson.Read<JoinRequest>(request);
        var group = HubGroups.Joined(new ConversationId(join.ConversationId), UserId);

        // Joins the group first, then reads, so that no event in between is missed. No event is ever sent to the group of a user who is not
        // a participant.
        if (join is { SinceRevision: null or >= 0, SincePersonalRevision: null or >= 0 })
            await Groups.AddToGroupAsync(Context.ConnectionId, group);

        var joined = await ReadOrLeaveAsync(join, group);
        await Clients.Caller.Joined(joined);

        return joined;
    }

    /// <summary>Reads the conversation. A caller who is not a participant leaves the group, so that it costs no memory.</summary>
    private async Task<JoinedConversation> ReadOrLeaveAsync(JoinRequest join, string group)
    {
        try
        {
            return await mediator.Send(
                new JoinConversationQuery(
                    UserId, new ConversationId(join.ConversationId), join.SinceRevision, join.SincePersonalRevision),
                Context.ConnectionAborted);
        }
        catch (DomainException)
        {
            await Groups.RemoveFromGroupAsync(Context.ConnectionId, group);
            throw;
        }
    }

    /// <summary>Leaves a conversation; <c>ConversationUpdated</c> events continue.</summary>
    public async Task Leave(JsonElement request)
    {
        var conversationId = new ConversationId(StrictJson.Read<LeaveRequest>(request).ConversationId);
        await mediator.Send(new GetConversationPositionQuery(UserId, conversationId), Context.ConnectionAborted);
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, HubGroups.Joined(conversationId, UserId));
    }

    /// <summary>
    /// Notifies the other participants that the caller is typing or has stopped. Too frequent calls are ignored without an error.
    /// </summary>
    public async Task Typing(JsonElement request)
    {
        var typing = StrictJson.Read<TypingRequest>(request);
        var conversationId = new ConversationId(typing.ConversationId);
        var now = clock.GetUtcNow();
        if (!TypingThrottle.Of(Context).Admits(conversationId, typing.IsTyping, now))
            return;

        var position = await mediator.Send(new GetConversationPositionQuery(UserId, conversationId), Context.ConnectionAborted);
        notifier.Typing(new UserTyped(
            conversationId,
            UserId,
            typing.IsTyping,
            now + TypingLifetime,
            position.Sequence,
            position.Revision,
            [.. position.ParticipantIds.Where(participantId => participantId != UserId)]));
    }

    /// <summary>Moves the caller's read pointer, as <c>POST /api/messages/read</c> does.</summary>
    public Task<MarkedRead> Read(JsonElement request)
    {
        var read = StrictJson.Read<ReadRequest>(request);

        return mediator.Send(
            new MarkReadCommand(UserId, new ConversationId(read.ConversationId), read.MessageIds), Context.ConnectionAborted);
    }
}
