using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Gets a page of a conversation's messages, oldest first: the newest messages, or those next to a message or a sequence. The caller gives
/// at most one of the four anchors.
/// </summary>
/// <param name="Before">Gets the page that ends right before this message, which may have expired.</param>
/// <param name="After">Gets the page that begins right after this message, which may have expired.</param>
/// <param name="Limit">
/// The maximum number of messages, 1 to 100. Only visible messages count. A page that would exceed 1 MB of JSON is cut at the end that is
/// farther from the anchor; the next request continues there.
/// </param>
/// <param name="BeforeSequence">Gets the page that ends right before this sequence. A message with this sequence need not exist.</param>
/// <param name="AfterSequence">Gets the page that begins right after this sequence. A message with this sequence need not exist.</param>
public sealed record GetMessagesQuery(
    UserId UserId,
    ConversationId ConversationId,
    MessageId? Before,
    MessageId? After,
    int Limit,
    long? BeforeSequence = null,
    long? AfterSequence = null) : IQuery<MessagePage>
{
    /// <summary>The maximum number of tombstones of a page.</summary>
    public const int DeletedMax = 100;
}

/// <param name="Deleted">
/// The tombstones in the range of the page, oldest first, at most the 100 nearest to the anchor. The range is from the anchor, excluded, to
/// the page's last message on the far side; to the end of the conversation where there are no more messages. So a walk in either direction
/// meets every tombstone once.
/// </param>
public sealed record MessagePage(IReadOnlyList<MessageResponse> Messages, IReadOnlyList<Tombstone> Deleted, MessagePageInfo Page);

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

internal sealed class GetMessagesHandler(IMessageReader reader, ResponseBudget budget, TimeProvider clock)
    : IRequestHandler<GetMessagesQuery, MessagePage>
{
    public async Task<MessagePage> Handle(GetMessagesQuery query, CancellationToken cancellationToken)
    {
        var isOlder = query.After is null && query.AfterSequence is null;
        var anchor = new PageAnchor(
            isOlder ? PageDirection.Older : PageDirection.Newer, query.Before ?? query.After, query.BeforeSequence ?? query.AfterSequence);
        var nearest = await reader.ReadNearestAsync(
            query.UserId, query.ConversationId, clock.GetUtcNow(), anchor, query.Limit + 1, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        if (!nearest.IsAnchorKnown)
            throw new DomainException(MessageErrors.InvalidCursor);

        var fitting = Math.Min(query.Limit, budget.CountFitting(nearest.Messages.Select(JsonSize.Of)));
        var hasMore = nearest.Messages.Count > fitting;
        var messages = nearest.Messages.Take(fitting).ToArray();
        var deleted = nearest.Deleted.Where(tombstone => !hasMore || IsWithin(tombstone, messages, isOlder)).ToArray();
        if (isOlder)
        {
            Array.Reverse(messages);
            Array.Reverse(deleted);
        }

        return new MessagePage(
            messages,
            deleted,
            new MessagePageInfo(
                HasMoreBefore: isOlder ? hasMore : nearest.IsMoreBehind,
                HasMoreAfter: isOlder ? nearest.IsMoreBehind : hasMore,
                messages is [var oldest, ..] ? oldest.Sequence : null,
                messages is [.., var newest] ? newest.Sequence : null));
    }

    /// <summary>Returns whether a tombstone is not beyond the last message of a page.</summary>
    /// <param name="messages">The page's messages, the nearest to the anchor first.</param>
    private static bool IsWithin(Tombstone tombstone, MessageResponse[] messages, bool isOlder) =>
        messages is [.., var farthest]
        && (isOlder ? tombstone.Sequence > farthest.Sequence : tombstone.Sequence < farthest.Sequence);
}
