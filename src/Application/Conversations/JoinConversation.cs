using AutoMapper;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Gets the position of a conversation and its changes since a revision. The hub sends it right after it adds the connection to the group.</summary>
/// <param name="SinceRevision">The last revision that the reader has; 0 for none. Null to get only the position, without changes.</param>
public sealed record JoinConversationQuery(Guid UserId, Guid ConversationId, long? SinceRevision) : IQuery<JoinedConversation>
{
    /// <summary>The maximum number of changes in one response.</summary>
    public const int ChangesMax = 500;
}

/// <param name="LastSequence">The sequence of the newest message, expired or not.</param>
/// <param name="Revision">The response contains every change up to this revision that has not expired; later changes arrive as events.</param>
/// <param name="Recovered">
/// Whether <paramref name="Messages"/> contains all changes since the requested revision. False if there are more than 500 changes or 1 MB of JSON, or
/// if the conversation never had that revision: then fetch pages of messages instead. Null if no changes were requested.
/// </param>
/// <param name="Messages">The changed messages that are visible, in the order of the changes. A missing revision belongs to an expired message.</param>
/// <param name="ServerTime">The server's current time, for countdowns on clients with a wrong clock.</param>
public sealed record JoinedConversation(
    Guid ConversationId,
    long LastSequence,
    long Revision,
    int UnreadCount,
    IReadOnlyList<ParticipantResponse> Participants,
    bool? Recovered,
    IReadOnlyList<MessageResponse> Messages,
    DateTimeOffset ServerTime)
{
    internal static JoinedConversation From(
        ConversationView view,
        bool? recovered,
        IReadOnlyList<MessageResponse> messages,
        DateTimeOffset now) => new(
            view.Conversation.Id,
            view.Conversation.LastSequence,
            view.Conversation.Revision,
            view.UnreadCount,
            view.Participants,
            recovered,
            messages,
            now);
}

internal sealed class JoinConversationValidator : AbstractValidator<JoinConversationQuery>
{
    public JoinConversationValidator() =>
        RuleFor(query => query.SinceRevision)
            .GreaterThanOrEqualTo(0)
            .WithError(ConversationErrors.InvalidRevision);
}

internal sealed class JoinConversationHandler(IConversationStateReader states, IReadDatabase database, ResponseBudget budget, IMapper mapper)
    : IRequestHandler<JoinConversationQuery, JoinedConversation>
{
    public async Task<JoinedConversation> Handle(JoinConversationQuery query, CancellationToken cancellationToken)
    {
        var state = await states.JoinAsync(query.ConversationId, query.UserId, cancellationToken) ?? throw new DomainException(ConversationErrors.NotFound);
        if (query.SinceRevision is not { } since)
            return Joined(query, state, recovered: null, []);

        var changes = await ReadChangesAsync(state, since, cancellationToken);

        return Joined(query, state, changes is not null, mapper.Map<IReadOnlyList<MessageResponse>>(changes ?? []));
    }

    /// <summary>
    /// Reads the messages after the position, so that they include at least every change up to the returned revision. Returns null when they are too many. A client that is not
    /// behind needs no query.
    /// </summary>
    private async Task<IReadOnlyList<MessageWithReceipt>?> ReadChangesAsync(ConversationState state, long since, CancellationToken cancellationToken)
    {
        var behind = state.Revision - since;
        if (behind == 0)
            return [];
        if (behind is < 0 or > JoinConversationQuery.ChangesMax)
            return null;

        var reader = new ChangeReader(database, state.At, budget.Bytes - ConversationSize.WithoutMessages(state.Participants));

        return await reader.ReadAsync(state.Id, since, behind, cancellationToken);
    }

    private static JoinedConversation Joined(JoinConversationQuery query, ConversationState state, bool? recovered, IReadOnlyList<MessageResponse> messages) =>
        new(state.Id, state.LastSequence, state.Revision, state.UnreadCounts[query.UserId], state.Participants, recovered, messages, state.At);
}
