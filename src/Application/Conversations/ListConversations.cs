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

/// <summary>The names of the filters, in requests and in the database function <c>list_conversations</c>.</summary>
public static class ConversationFilterName
{
    public const string Inbox = "inbox";
    public const string Pinned = "pinned";
    public const string Archived = "archived";
    public const string All = "all";

    private static readonly IReadOnlyList<(ConversationFilter Filter, string Name)> _names =
    [
        (ConversationFilter.Inbox, Inbox), (ConversationFilter.Pinned, Pinned), (ConversationFilter.Archived, Archived),
        (ConversationFilter.All, All),
    ];

    public static string Of(ConversationFilter filter) => _names.First(named => named.Filter == filter).Name;

    /// <summary>Returns the filter of a name in lower case, the inbox for null; null if there is none.</summary>
    internal static ConversationFilter? Parse(string? name) => _names
        .Where(named => named.Name == (name ?? Inbox))
        .Select(named => (ConversationFilter?)named.Filter)
        .FirstOrDefault();
}

public sealed record ConversationPage(IReadOnlyList<ConversationResponse> Conversations, CursorPage Page);

internal sealed class ListConversationsValidator : AbstractValidator<ListConversationsQuery>
{
    public ListConversationsValidator()
    {
        RuleFor(query => query.Limit).ValidPageLimit();
        RuleFor(query => query.Filter)
            .Must(filter => ConversationFilterName.Parse(filter) is not null)
            .WithError(ConversationRequestErrors.InvalidFilter);
    }
}

internal sealed class ListConversationsHandler(IConversationReader conversations, ResponseBudget budget, TimeProvider clock)
    : IRequestHandler<ListConversationsQuery, ConversationPage>
{
    public async Task<ConversationPage> Handle(ListConversationsQuery query, CancellationToken cancellationToken)
    {
        var after = query.Cursor is { } text ? Parse(text) : null;
        var filter = ConversationFilterName.Parse(query.Filter) ?? throw new DomainException(ConversationRequestErrors.InvalidFilter);
        var found = await conversations.ListAsync(query.UserId, filter, clock.GetUtcNow(), after, query.Limit + 1, cancellationToken);
        var fitting = Math.Min(query.Limit, budget.CountFitting(found.Select(view => ConversationSize.Of(view.Conversation))));
        var next = found.Count > fitting ? CursorAfter(found[fitting - 1]) : null;

        return new ConversationPage([.. found.Take(fitting).Select(view => view.Conversation)], new CursorPage(next));
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
