using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Gets a page of a conversation's messages, oldest first: the newest messages, or those next to a message or a sequence. The caller gives at most one
/// of the four anchors.
/// </summary>
/// <param name="Before">Gets the page that ends right before this message, which may have expired.</param>
/// <param name="After">Gets the page that begins right after this message, which may have expired.</param>
/// <param name="Limit">
/// The maximum number of messages, 1 to 100. Only visible messages count. A page that would exceed 1 MB of JSON is cut at the end that is farther from the
/// anchor; the next request continues there.
/// </param>
/// <param name="BeforeSequence">Gets the page that ends right before this sequence. A message with this sequence need not exist.</param>
/// <param name="AfterSequence">Gets the page that begins right after this sequence. A message with this sequence need not exist.</param>
public sealed record GetMessagesQuery(
    Guid UserId, Guid ConversationId, Guid? Before, Guid? After, int Limit, long? BeforeSequence = null, long? AfterSequence = null) : IQuery<MessagePage>;

public sealed record MessagePage(IReadOnlyList<MessageResponse> Messages, MessagePageInfo Page);

/// <param name="HasMoreBefore">Whether there are visible messages before the page.</param>
/// <param name="HasMoreAfter">Whether there are visible messages after the page.</param>
/// <param name="OldestSequence">The sequence of the page's first message; null when the page is empty.</param>
/// <param name="NewestSequence">The sequence of the page's last message; null when the page is empty.</param>
public sealed record MessagePageInfo(bool HasMoreBefore, bool HasMoreAfter, long? OldestSequence, long? NewestSequence);

internal sealed class GetMessagesValidator : AbstractValidator<GetMessagesQuery>
{
    public GetMessagesValidator()
    {
        RuleFor(query => query.Limit).ValidPageLimit();
        OnlyPlace(RuleFor(query => query.After).Null().When(query => query.Before is not null));
        OnlyPlace(RuleFor(query => query.BeforeSequence).Null().When(query => query.Before is not null || query.After is not null));
        OnlyPlace(RuleFor(query => query.AfterSequence).Null().When(query =>
            query.Before is not null || query.After is not null || query.BeforeSequence is not null));
    }

    private static void OnlyPlace<T>(IRuleBuilderOptions<GetMessagesQuery, T> rule) =>
        rule.WithError(PageErrors.AmbiguousCursor);
}

internal sealed class GetMessagesHandler(IReadDatabase database, ResponseBudget budget, TimeProvider clock, IMapper mapper)
    : IRequestHandler<GetMessagesQuery, MessagePage>
{
    public async Task<MessagePage> Handle(GetMessagesQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var anchorId = query.Before ?? query.After;
        var sequence = query.BeforeSequence ?? query.AfterSequence;
        var isCounted = anchorId is not null || sequence is not null;
        var direction = query.After is null && query.AfterSequence is null ? PageDirection.Older : PageDirection.Newer;
        var backward = direction == PageDirection.Older ? PageDirection.Newer : PageDirection.Older;
        var nearest = database.NearestVisible(query.ConversationId, now, new PageAnchor(direction, anchorId, Sequence: sequence), query.Limit + 1).WithReceipts(database);
        var behind = database.NearestVisible(query.ConversationId, now, new PageAnchor(backward, anchorId, WithAnchor: true, sequence), atMost: 1);
        var anchors = database.MessageAnchors;

        // One statement checks access and reads the page. A caller who is not a participant gets no rows.
        var found = await (
            from participant in database.Participants
            where participant.ConversationId == query.ConversationId && participant.UserId == query.UserId
            from message in nearest.DefaultIfEmpty()
            select new
            {
                Message = message,
                IsAnchorKnown = anchorId == null || anchors.Any(anchor => anchor.Id == anchorId && anchor.ConversationId == query.ConversationId),
                IsMoreBehind = isCounted && behind.Any(),
            }).ToListAsync(cancellationToken);
        if (found is not [var first, ..])
            throw new DomainException(ConversationErrors.NotFound);

        if (!first.IsAnchorKnown)
            throw new DomainException(MessageErrors.InvalidCursor);

        // An empty page is one row without a message. The messages are ordered by their distance from the anchor until the page is cut.
        var available = found.Where(row => row.Message?.Message is not null).Select(row => row.Message!).OrderBy(row => row.Message.Sequence).ToList();
        if (direction == PageDirection.Older)
            available.Reverse();
        var fitting = Math.Min(query.Limit, budget.CountFitting(available.Select(row => JsonSize.Of(row.Message))));
        var messages = available.Take(fitting).OrderBy(row => row.Message.Sequence).ToList();
        var more = available.Count > fitting;

        return new MessagePage(
            mapper.Map<IReadOnlyList<MessageResponse>>(messages),
            new MessagePageInfo(
                HasMoreBefore: direction == PageDirection.Older ? more : first.IsMoreBehind,
                HasMoreAfter: direction == PageDirection.Older ? first.IsMoreBehind : more,
                messages is [var oldest, ..] ? oldest.Message.Sequence : null,
                messages is [.., var newest] ? newest.Message.Sequence : null));
    }
}
