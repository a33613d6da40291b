using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Search;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Searches the messages that the caller sees, newest first.</summary>
/// <param name="Query">
/// The words and phrases to find (<see cref="SearchTerms"/>); null or blank only if <paramref name="HasAttachment"/> is true.
/// </param>
/// <param name="ConversationId">The conversation to search in; null for all.</param>
/// <param name="SenderId">Only messages of this sender. An unknown one finds nothing.</param>
/// <param name="After">Only messages sent at this time or later.</param>
/// <param name="Before">Only messages sent before this time.</param>
/// <param name="Cursor">The cursor of the previous page of the same search; null for the first page.</param>
/// <param name="Limit">The maximum number of hits, 1 to 50.</param>
public sealed record SearchMessagesQuery(
    UserId UserId,
    string? Query,
    ConversationId? ConversationId,
    UserId? SenderId,
    DateTimeOffset? After,
    DateTimeOffset? Before,
    bool? HasAttachment,
    string? Cursor,
    int Limit) : IQuery<SearchPage>
{
    public const int LimitDefault = 20;
    public const int LimitMax = 50;

    /// <summary>What the messages must contain; null for messages of any text.</summary>
    internal string? Text => string.IsNullOrWhiteSpace(Query) ? null : Query;
}

public sealed record SearchPage(IReadOnlyList<SearchHit> Hits, SearchPageInfo Page);

/// <param name="Highlights">
/// The parts of the message's <c>content</c> that match, in order, not overlapping, at most 20; empty for a search without a query.
/// </param>
public sealed record SearchHit(MessageResponse Message, IReadOnlyList<Highlight> Highlights);

/// <param name="NextCursor">Send it as <c>cursor</c> to go on; null when all messages were searched.</param>
/// <param name="SearchedBackTo">All messages later than this were searched, by this page and the ones before; null when all were.</param>
/// <param name="IsComplete">
/// False if the search ended before the page was full, because a request works for a limited time. The page can then have few hits, or
/// none, and <c>nextCursor</c> goes on.
/// </param>
public sealed record SearchPageInfo(string? NextCursor, DateTimeOffset? SearchedBackTo, bool IsComplete);

internal sealed class SearchMessagesValidator : AbstractValidator<SearchMessagesQuery>
{
    public SearchMessagesValidator()
    {
        RuleFor(query => query.Query).Custom((_, context) =>
        {
            if (ErrorOf(context.InstanceToValidate) is { } error)
                context.AddFailure(error);
        });
        RuleFor(query => query.After).Must((query, after) => !(after >= query.Before)).WithError(SearchErrors.InvalidRange);
        RuleFor(query => query.Limit)
            .InclusiveBetween(1, SearchMessagesQuery.LimitMax)
            .WithErrorCode(PageErrors.LimitOutOfRange.Code)
            .WithMessage($"A page of a search has 1 to {SearchMessagesQuery.LimitMax} hits.");
    }

    private static DomainError? ErrorOf(SearchMessagesQuery query)
    {
        if (query.Text is { } text)
            return SearchTerms.Check(text);

        return query.HasAttachment is true ? null : SearchErrors.TooShort;
    }
}

internal sealed class SearchMessagesHandler(IMessageSearch search, ResponseBudget budget) : IRequestHandler<SearchMessagesQuery, SearchPage>
{
    public async Task<SearchPage> Handle(SearchMessagesQuery query, CancellationToken cancellationToken)
    {
        var criteria = new SearchCriteria(query.UserId, query.Text is { } text ? SearchTerms.Parse(text) : null, query.Limit)
        {
            ConversationId = query.ConversationId,
            SenderId = query.SenderId,
            After = query.After,
            Before = query.Before,
            HasAttachment = query.HasAttachment,
            Below = query.Cursor is null ? null : SearchCursor.Parse(query.Cursor, query),
        };
        var (found, searchedDownTo, isFull) = await search.FindAsync(criteria, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);

        // A response that is too large ends after the last message that fits, and the next page begins there.
        var fitting = budget.CountFitting(found.Select(one => one.Hit is { } hit ? JsonSize.Of(hit.Message) : 0));
        if (fitting < found.Count)
            (found, searchedDownTo, isFull) = ([.. found.Take(fitting)], found[fitting - 1].Position, true);

        var nextCursor = searchedDownTo is { } position ? SearchCursor.Of(position, query) : null;

        return new SearchPage(
            [.. found.Select(one => one.Hit).OfType<SearchHit>()],
            new SearchPageInfo(nextCursor, searchedDownTo?.CreatedAt, IsComplete: isFull || searchedDownTo is null));
    }
}
