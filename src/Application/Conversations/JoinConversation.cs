using AutoMapper;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Where a conversation stands, and what happened in it since the reader last knew; asked right after entering its room.</summary>
/// <param name="SinceRevision">The last revision that the reader has, 0 for nothing; null to ask for the numbers alone.</param>
public sealed record JoinConversationQuery(Guid UserId, Guid ConversationId, long? SinceRevision) : IQuery<JoinedConversation>
{
    /// <summary>The most changes that are told at once.</summary>
    public const int ChangesMax = 500;
}

/// <param name="LastSequence">Of the newest message, expired or not.</param>
/// <param name="Revision">Everything up to it is in the answer, or has expired; what comes later comes as an event.</param>
/// <param name="Recovered">
/// Whether <paramref name="Messages"/> is all that happened since the revision asked for: never a part of it. False when that is more than
/// 500 changes or 1 MB of JSON, or a revision that the conversation never had: fetch the pages instead. Null when nothing was asked for.
/// </param>
/// <param name="Messages">What changed and is visible now, in the order of the changes; a revision that is missing has expired.</param>
/// <param name="ServerTime">The server's clock, to correct countdowns by.</param>
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
            .WithErrorCode("conversation.invalid_revision")
            .WithMessage("A revision is 0 or more.");
}

internal sealed class JoinConversationHandler(IReadDatabase database, ResponseBudget budget, TimeProvider clock, IMapper mapper)
    : IRequestHandler<JoinConversationQuery, JoinedConversation>
{
    public async Task<JoinedConversation> Handle(JoinConversationQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var view = await database.ConversationsOf(query.UserId, now)
            .SingleOrDefaultAsync(view => view.Conversation.Id == query.ConversationId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);

        // Read after the numbers, so that the messages reach at least as far as the numbers say.
        if (query.SinceRevision is not { } since)
            return JoinedConversation.From(view, recovered: null, [], now);

        var behind = view.Conversation.Revision - since;
        var changes = behind is >= 0 and <= JoinConversationQuery.ChangesMax
            ? await new ChangeReader(database, now, budget.Bytes - JsonSize.WithoutMessages(view)).ReadAsync(query.ConversationId, since, behind, cancellationToken)
            : null;

        return JoinedConversation.From(view, changes is not null, mapper.Map<IReadOnlyList<MessageResponse>>(changes ?? []), now);
    }
}
