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
/// The words and phrases to find (<see cref="SearchTerms"/>); null or empty only if <paramref name="HasAttachments"/> is true.
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
    bool? HasAttachments,
    string? Cursor,
    int Limit) : IQuery<SearchPage>
{
    public const int LimitDefault = 20;
    public const int LimitMax = 50;

    /// <summary>What the messages must contain; null for messages of any text.</summary>
    internal string? Text => string.IsNullOrEmpty(Query) ? null : Query;
}

public sealed record SearchPage(IReadOnlyList<SearchHit> Hits, SearchPageInfo Page);

/// <param name="Highlights">The parts of <c>content</c> that match, in order, at most 20; empty for a search without a query.</param>
public sealed record SearchHit(MessageResponse Message, IReadOnlyList<Highlight> Highlights);

/// <param name="NextCursor">Send it as <c>cursor</c> to go on; null when all messages were searched.</param>
/// <param name="SearchedBackTo">All messages later than this were searched; null when all messages were.</param>
/// <param name="IsComplete">
/// Whether the page is full or the search is at its end. If false, the work of one request ended the search before: the page can have no
/// hit at all, and <c>nextCursor</c> goes on.
/// </param>
public sealed record SearchPageInfo(string? NextCursor, DateTimeOffset? SearchedBackTo, bool IsComplete);

internal sealed class SearchMessagesValidator : AbstractValidator<SearchMessagesQuery>
{
    public SearchMessagesValidator()
    {
        RuleFor(query => query.Query).Custom((_, context) =>
        {
            var query = context.InstanceToValidate;
            var error = query.Text is { } text
                ? SearchTerms.Check(text)
                : query.HasAttachments is true ? null : SearchErrors.TooShort;
            if (error is not null)
                context.AddFailure(error);
        });
        RuleFor(query => query.After).Must((query, after) => !(after >= query.Before)).WithError(SearchErrors.InvalidRange);
        RuleFor(query => query.Limit).InclusiveBetween(1, SearchMessagesQuery.LimitMax).WithError(SearchRequestErrors.LimitOutOfRange);
    }
}

internal sealed class SearchMessagesHandler(IMessageSearch search, IMessageReader reader, ResponseBudget budget, TimeProvider clock)
    : IRequestHandler<SearchMessagesQuery, SearchPage>
{
    public async Task<SearchPage> Handle(SearchMessagesQuery query, CancellationToken cancellationToken)
    {
        var terms = query.Text is { } text ? SearchTerms.Parse(text) : null;
        var criteria = new SearchCriteria(query.UserId, terms, clock.GetUtcNow(), query.Limit + 1)
        {
            ConversationId = query.ConversationId,
            SenderId = query.SenderId,
            After = query.After,
            Before = query.Before,
            HasAttachments = query.HasAttachments,
            Below = query.Cursor is null ? null : SearchCursor.Parse(query.Cursor, query),
        };
        var searched = await search.FindAsync(criteria, cancellationToken) ?? throw new DomainException(ConversationErrors.NotFound);
        var found = searched.Found.Take(query.Limit).ToList();
        var hits = await ReadAsync(query, terms, found, cancellationToken);
        var fitting = budget.CountFitting(hits.Select(hit => hit is null ? 0 : JsonSize.Of(hit.Message)));
        var isFull = searched.Found.Count > query.Limit || fitting < found.Count;
        var end = isFull ? found[Math.Min(fitting, found.Count) - 1].Position : searched.SearchedDownTo;

        return new SearchPage(
            [.. hits.Take(fitting).OfType<SearchHit>()],
            new SearchPageInfo(
                end is { } position ? SearchCursor.Of(position, query) : null, end?.CreatedAt, IsComplete: isFull || end is null));
    }

    /// <summary>
    /// Reads the messages that were found, and verifies each on its present text: null for one that has expired, was deleted or was edited
    /// in the meantime.
    /// </summary>
    private async Task<SearchHit?[]> ReadAsync(
        SearchMessagesQuery query, SearchTerms? terms, List<FoundMessage> found, CancellationToken cancellationToken)
    {
        if (found.Count == 0)
            return [];

        var ids = found.Select(message => message.Id).ToList();
        var messages = await reader.ReadManyAsync(query.UserId, ids, clock.GetUtcNow(), cancellationToken);
        var byId = messages.ToDictionary(message => message.Id);

        return [.. ids.Select(id => byId.TryGetValue(id.Value, out var message) ? HitOf(message) : null)];

        SearchHit? HitOf(MessageResponse message)
        {
            var highlights = terms is null ? [] : terms.FindIn(message.Content!);

            return highlights is null ? null : new SearchHit(message, highlights);
        }
    }
}
