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
/// Gets a page of a conversation's messages, oldest first: the newest messages, those next to a message or a sequence, or those around a
/// sequence. The caller gives at most one of the five anchors.
/// </summary>
/// <param name="Before">Gets the page that ends right before this message, which may have expired.</param>
/// <param name="After">Gets the page that begins right after this message, which may have expired.</param>
/// <param name="Limit">
/// The maximum number of messages, 1 to 100. Only visible messages count. A page that would exceed 1 MB of JSON is cut at the end that is
/// farther from the anchor; the next request continues there.
/// </param>
/// <param name="BeforeSequence">Gets the page that ends right before this sequence. A message with this sequence need not exist.</param>
/// <param name="AfterSequence">Gets the page that begins right after this sequence. A message with this sequence need not exist.</param>
/// <param name="Around">
/// Gets the messages nearest to this sequence on both sides, its own message included. A message with this sequence need not exist.
/// </param>
public sealed record GetMessagesQuery(
    UserId UserId,
    ConversationId ConversationId,
    MessageId? Before,
    MessageId? After,
    int Limit,
    long? BeforeSequence = null,
    long? AfterSequence = null,
    long? Around = null) : IQuery<MessagePage>
{
    /// <summary>The maximum number of tombstones of a page, on each side of the anchor.</summary>
    public const int DeletedMax = 100;
}

/// <param name="Deleted">
/// The tombstones in the range of the page, oldest first, at most the 100 nearest to the anchor on each side of it. The range is from the
/// anchor, excluded, to the page's last message on the far side; to the end of the conversation where there are no more messages. Around a
/// sequence it is from the page's first message to its last one. So a walk in either direction meets every tombstone once, unless there are
/// more than 100 in the range of a page.
/// </param>
/// <param name="Quoted">
/// The messages that the page's messages reply to, oldest first, without those on the page. Messages that the caller does not see are
/// omitted, as well as those that do not fit into the size limit.
/// </param>
public sealed record MessagePage(
    IReadOnlyList<MessageResponse> Messages,
    IReadOnlyList<Tombstone> Deleted,
    MessagePageInfo Page,
    IReadOnlyList<MessageResponse> Quoted);

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
        OnlyPlace(RuleFor(query => query.Around).Null().When(query =>
            query.Before is not null || query.After is not null || query.BeforeSequence is not null || query.AfterSequence is not null));
    }

    private static void OnlyPlace<T>(IRuleBuilderOptions<GetMessagesQuery, T> rule) =>
        rule.WithError(PageErrors.AmbiguousCursor);
}

internal sealed class GetMessagesHandler(IMessageReader reader, ResponseBudget budget, TimeProvider clock)
    : IRequestHandler<GetMessagesQuery, MessagePage>
{
    public async Task<MessagePage> Handle(GetMessagesQuery query, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var page = query.Around is { } sequence
            ? await AroundAsync(query, sequence, now, cancellationToken)
            : await NextToAnchorAsync(query, now, cancellationToken);

        return page with { Quoted = await QuotedAsync(query, page.Messages, now, cancellationToken) };
    }

    private async Task<MessagePage> NextToAnchorAsync(GetMessagesQuery query, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isOlder = query.After is null && query.AfterSequence is null;
        var anchor = new PageAnchor(
            isOlder ? PageDirection.Older : PageDirection.Newer, query.Before ?? query.After, query.BeforeSequence ?? query.AfterSequence);
        var nearest = await reader.ReadNearestAsync(
            query.UserId, query.ConversationId, now, anchor, query.Limit + 1, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);

        return nearest.IsAnchorKnown
            ? MessagePages.NextToAnchor(nearest, isOlder, query.Limit, budget)
            : throw new DomainException(MessageErrors.InvalidCursor);
    }

    private async Task<MessagePage> AroundAsync(
        GetMessagesQuery query, long sequence, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var nearest = await reader.ReadAroundAsync(
            query.UserId, query.ConversationId, now, sequence, query.Limit + 1, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);

        return MessagePages.Around(nearest, query.Limit, budget);
    }

    /// <summary>Reads the quoted messages that are not on the page. A page without such a reply needs no second statement.</summary>
    private async Task<IReadOnlyList<MessageResponse>> QuotedAsync(
        GetMessagesQuery query, IReadOnlyList<MessageResponse> messages, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wanted = messages.Select(message => message.ReplyToSequence).OfType<long>()
            .Except(messages.Select(message => message.Sequence))
            .ToList();
        if (wanted.Count == 0)
            return [];

        var quoted = await reader.ReadBySequenceAsync(query.UserId, query.ConversationId, wanted, now, cancellationToken) ?? [];

        return budget.TakeFitting(quoted, JsonSize.Of, messages.Sum(JsonSize.Of));
    }
}
