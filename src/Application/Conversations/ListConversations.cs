using System.Globalization;
using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Lists the user's conversations, newest activity first. The expiry of a message does not change the order.</summary>
/// <param name="Cursor">The cursor of the previous page; null for the first page.</param>
/// <param name="Limit">1 to 100. A page that would be larger than 1 MB of JSON ends earlier.</param>
public sealed record ListConversationsQuery(Guid UserId, string? Cursor, int Limit) : IQuery<ConversationPage>;

public sealed record ConversationPage(IReadOnlyList<ConversationResponse> Conversations, CursorPage Page);

internal sealed class ListConversationsValidator : AbstractValidator<ListConversationsQuery>
{
    public ListConversationsValidator() => RuleFor(query => query.Limit).ValidPageLimit();
}

internal sealed class ListConversationsHandler(IReadDatabase database, ResponseBudget budget, TimeProvider clock, IMapper mapper)
    : IRequestHandler<ListConversationsQuery, ConversationPage>
{
    public async Task<ConversationPage> Handle(ListConversationsQuery query, CancellationToken cancellationToken)
    {
        var memberships = database.MembershipsOf(query.UserId);
        if (query.Cursor is { } text)
        {
            var (activity, id) = Parse(text);
            memberships = memberships.Where(membership =>
                membership.Conversation.LastActivityAt < activity
                || (membership.Conversation.LastActivityAt == activity && membership.Conversation.Id < id));
        }

        var found = await memberships
            .OrderByDescending(membership => membership.Conversation.LastActivityAt)
            .ThenByDescending(membership => membership.Conversation.Id)
            .Take(query.Limit + 1)
            .ViewedAt(clock.GetUtcNow(), database)
            .OrderByDescending(view => view.Conversation.LastActivityAt)
            .ThenByDescending(view => view.Conversation.Id)
            .ToListAsync(cancellationToken);
        var page = found.Take(Math.Min(query.Limit, budget.CountFitting(found.Select(ConversationSize.Of)))).ToList();
        var next = found.Count > page.Count ? CursorAfter(page[^1]) : null;

        return new ConversationPage(mapper.Map<IReadOnlyList<ConversationResponse>>(page), new CursorPage(next));
    }

    private static string CursorAfter(ConversationView last) =>
        new Cursor(last.Conversation.LastActivityAt.UtcTicks.ToString(CultureInfo.InvariantCulture), last.Conversation.Id).ToString();

    private static (DateTimeOffset Activity, Guid Id) Parse(string text) =>
        Cursor.TryParse(text, out var cursor)
        && long.TryParse(cursor.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= DateTimeOffset.MaxValue.Ticks
            ? (new DateTimeOffset(ticks, TimeSpan.Zero), cursor.Id)
            : throw new DomainException(PageErrors.InvalidCursor);
}
