using System.Globalization;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>
/// Lists the user's conversations, newest activity first. The expiry of a message does not change the order. Conversations that the user
/// has deleted are listed again from the next message on.
/// </summary>
/// <param name="Cursor">The cursor of the previous page; null for the first page.</param>
/// <param name="Limit">1 to 100. A page that would be larger than 1 MB of JSON ends earlier.</param>
/// <param name="Filter"><c>inbox</c>, <c>pinned</c>, <c>archived</c> or <c>all</c>; null for the inbox.</param>
public sealed record ListConversationsQuery(Guid UserId, string? Cursor, int Limit, string? Filter = null) : IQuery<ConversationPage>;

/// <summary>Which of the user's conversations a list contains.</summary>
public enum ConversationFilter
{
    /// <summary>Those that are not archived.</summary>
    Inbox,
    Pinned,
    Archived,
    All,
}

public sealed record ConversationPage(IReadOnlyList<ConversationResponse> Conversations, CursorPage Page);

internal sealed class ListConversationsValidator : AbstractValidator<ListConversationsQuery>
{
    public ListConversationsValidator()
    {
        RuleFor(query => query.Limit).ValidPageLimit();
        RuleFor(query => query.Filter)
            .Must(filter => ListConversationsHandler.TryParse(filter, out _))
            .WithError(ConversationRequestErrors.InvalidFilter);
    }
}

internal sealed class ListConversationsHandler(IConversationReader conversations, ResponseBudget budget, TimeProvider clock)
    : IRequestHandler<ListConversationsQuery, ConversationPage>
{
    public async Task<ConversationPage> Handle(ListConversationsQuery query, CancellationToken cancellationToken)
    {
        var after = query.Cursor is { } text ? Parse(text) : null;
        TryParse(query.Filter, out var filter);
        var found = await conversations.ListAsync(query.UserId, filter, clock.GetUtcNow(), after, query.Limit + 1, cancellationToken);
        var fitting = Math.Min(query.Limit, budget.CountFitting(found.Select(view => ConversationSize.Of(view.Conversation))));
        var next = found.Count > fitting ? CursorAfter(found[fitting - 1]) : null;

        return new ConversationPage([.. found.Take(fitting).Select(view => view.Conversation)], new CursorPage(next));
    }

    /// <summary>Reads the name of a filter, in lower case.</summary>
    internal static bool TryParse(string? name, out ConversationFilter filter)
    {
        (var isKnown, filter) = name switch
        {
            null or "inbox" => (true, ConversationFilter.Inbox),
            "pinned" => (true, ConversationFilter.Pinned),
            "archived" => (true, ConversationFilter.Archived),
            "all" => (true, ConversationFilter.All),
            _ => (false, default),
        };

        return isKnown;
    }

    private static string CursorAfter(ConversationView last) =>
        new Cursor(last.LastActivityAt.UtcTicks.ToString(CultureInfo.InvariantCulture), last.Conversation.Id).ToString();

    private static ConversationPlace Parse(string text) =>
        Cursor.TryParse(text, out var cursor)
        && long.TryParse(cursor.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new ConversationPlace(new DateTimeOffset(ticks, TimeSpan.Zero), cursor.Id)
            : throw new DomainException(PageErrors.InvalidCursor);
}
