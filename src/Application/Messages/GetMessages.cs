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

/// <summary>A page of a conversation, oldest first: the newest messages, or those next to a given one.</summary>
/// <param name="Before">The page that ends right before this message, which may have expired meanwhile.</param>
/// <param name="After">The page that begins right after this message, which may have expired meanwhile.</param>
/// <param name="Limit">1 to 100; pages are filled with visible messages.</param>
public sealed record GetMessagesQuery(Guid UserId, Guid ConversationId, Guid? Before, Guid? After, int Limit) : IQuery<MessagePage>;

public sealed record MessagePage(IReadOnlyList<MessageResponse> Messages, MessagePageInfo Page);

/// <param name="HasMoreBefore">Whether there are visible messages before the page.</param>
/// <param name="HasMoreAfter">Whether there are visible messages after it.</param>
/// <param name="OldestSequence">Of the page's first message; null when the page is empty.</param>
/// <param name="NewestSequence">Of the page's last message; null when the page is empty.</param>
public sealed record MessagePageInfo(bool HasMoreBefore, bool HasMoreAfter, long? OldestSequence, long? NewestSequence);

internal sealed class GetMessagesValidator : AbstractValidator<GetMessagesQuery>
{
    public GetMessagesValidator()
    {
        RuleFor(query => query.Limit).ValidPageLimit();
        RuleFor(query => query.After)
            .Null()
            .When(query => query.Before is not null)
            .WithErrorCode("page.ambiguous_cursor")
            .WithMessage("A page is counted from before or from after a message, not both.");
    }
}

internal sealed class GetMessagesHandler(IReadDatabase database, TimeProvider clock, IMapper mapper)
    : IRequestHandler<GetMessagesQuery, MessagePage>
{
    public async Task<MessagePage> Handle(GetMessagesQuery query, CancellationToken cancellationToken)
    {
        var anchor = await AnchorForParticipantAsync(query, cancellationToken);
        var visible = database.VisibleMessages(clock.GetUtcNow()).Where(message => message.ConversationId == query.ConversationId);
        var forward = query.After is not null;

        var fromAnchor = (anchor, forward) switch
        {
            (null, _) => visible,
            ({ } sequence, true) => visible.Where(message => message.Sequence > sequence),
            ({ } sequence, false) => visible.Where(message => message.Sequence < sequence),
        };
        var ordered = forward
            ? fromAnchor.OrderBy(message => message.Sequence)
            : fromAnchor.OrderByDescending(message => message.Sequence);
        var found = await ordered.Take(query.Limit + 1).WithReceipts(database).ToListAsync(cancellationToken);

        var more = found.Count > query.Limit;
        var page = found.Take(query.Limit).OrderBy(message => message.Message.Sequence).ToList();
        var beyond = anchor is { } place && await HasMoreBehindAsync(visible, place, forward, cancellationToken);

        return new MessagePage(
            mapper.Map<IReadOnlyList<MessageResponse>>(page),
            new MessagePageInfo(
                HasMoreBefore: forward ? beyond : more,
                HasMoreAfter: forward ? more : beyond,
                page.Count > 0 ? page[0].Message.Sequence : null,
                page.Count > 0 ? page[^1].Message.Sequence : null));
    }

    /// <summary>The sequence to count from, or null for the newest page. Whoever is not a participant learns nothing.</summary>
    private async Task<long?> AnchorForParticipantAsync(GetMessagesQuery query, CancellationToken cancellationToken)
    {
        var anchorId = query.Before ?? query.After;
        var anchors = database.MessageAnchors;
        var access = await database.Participants
            .Where(participant => participant.ConversationId == query.ConversationId && participant.UserId == query.UserId)
            .Select(participant => new
            {
                Anchor = anchors
                    .Where(anchor => anchor.Id == anchorId && anchor.ConversationId == query.ConversationId)
                    .Select(anchor => (long?)anchor.Sequence)
                    .FirstOrDefault(),
            })
            .FirstOrDefaultAsync(cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);

        return anchorId is not null && access.Anchor is null ? throw new DomainException(MessageErrors.InvalidCursor) : access.Anchor;
    }

    /// <summary>Whether anything visible lies on the other side of the place that the page was counted from, that place included.</summary>
    /// <remarks>Asks for the nearest by its number: for a mere EXISTS the planner may read all messages of all conversations.</remarks>
    private static async Task<bool> HasMoreBehindAsync(IQueryable<Message> visible, long anchor, bool forward, CancellationToken cancellationToken)
    {
        var nearestFirst = forward
            ? visible.Where(message => message.Sequence <= anchor).OrderByDescending(message => message.Sequence)
            : visible.Where(message => message.Sequence >= anchor).OrderBy(message => message.Sequence);

        return await nearestFirst.Select(message => (long?)message.Sequence).FirstOrDefaultAsync(cancellationToken) is not null;
    }
}
