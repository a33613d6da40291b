using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Search;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>
/// Searches by reading messages, newest first, within the budget of <see cref="SearchOptions"/>. It reads the messages that match once
/// more, and compares them again, because they can expire or change during the search.
/// </summary>
internal sealed class MessageSearch(
    RequestReader reader, MessageSearchLimit limit, IOptions<SearchOptions> options, TimeProvider clock) : IMessageSearch
{
    public async Task<SearchedMessages?> FindAsync(SearchCriteria criteria, CancellationToken cancellationToken)
    {
        using var entered = await limit.EnterAsync(cancellationToken);
        var conversations = await reader.ReadAsync(
            SearchStatements.Conversations(criteria), SearchStatements.ReadConversation, cancellationToken);
        if (conversations.Count == 0 && criteria.ConversationId is not null)
            return null;

        var walk = new SearchWalk(criteria, conversations.OfType<SearchProgress>());
        await RunAsync(walk, criteria, cancellationToken);
        var (matches, searchedDownTo, isFull) = walk.ToResult();
        var found = await VerifyAsync(criteria, matches, cancellationToken);

        return found.Count < matches.Count
            ? new SearchedMessages(found, found[^1].Position, IsFull: false)
            : new SearchedMessages(found, searchedDownTo, isFull);
    }

    /// <summary>Reads and searches messages until there are enough matches or the budget is used up.</summary>
    private async Task RunAsync(SearchWalk walk, SearchCriteria criteria, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var budget = new SearchBudget(options.Value.TimePerRequest, cancellationToken);
        var messagesLeft = options.Value.MessagesPerRequest;
        do
        {
            if (walk.IsDone)
                return;

            var reads = walk.Next(messagesLeft);
            var rows = await reader.ReadAsync(
                SearchStatements.Messages(criteria, now, reads), SearchStatements.ReadMessage, cancellationToken);
            walk.Add(reads, rows, budget);
            messagesLeft -= rows.Count;
        }
        while (messagesLeft > 0 && budget.IsLeft);
    }

    /// <summary>
    /// Reads matches with all their members, and highlights what matches in their present texts. It has as much time as the search; what
    /// there is no time for is left out at the end.
    /// </summary>
    private async Task<List<FoundMessage>> VerifyAsync(
        SearchCriteria criteria, IReadOnlyList<SearchMatch> matches, CancellationToken cancellationToken)
    {
        var found = new List<FoundMessage>();
        if (matches.Count == 0)
            return found;

        var ids = matches.Select(match => match.Id).ToList();
        var messages = (await reader.ReadAsync(
                MessageRow.ById(criteria.ViewerId, ids, clock.GetUtcNow()), MessageRow.ReadById, cancellationToken))
            .ToDictionary(message => message.Id);
        var budget = new SearchBudget(options.Value.TimePerRequest, cancellationToken);
        foreach (var match in matches)
        {
            var message = messages.GetValueOrDefault(match.Id.Value);
            if (!budget.TryUse(message?.Content))
                break;

            found.Add(new FoundMessage(match.Position, HitOf(criteria.Terms, message)));
        }

        return found;
    }

    private static SearchHit? HitOf(SearchTerms? terms, MessageResponse? message)
    {
        if (message?.Content is not { } content)
            return null;

        var highlights = terms is null ? [] : terms.FindIn(content);

        return highlights is null ? null : new SearchHit(message, highlights);
    }
}
