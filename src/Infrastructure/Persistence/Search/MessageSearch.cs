using System.Diagnostics;
using CleanMessaging.Application.Messages;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Persistence.Search;

/// <summary>Searches by reading messages, newest first, within the budget of <see cref="SearchOptions"/>.</summary>
internal sealed class MessageSearch(RequestReader reader, MessageSearchLimit limit, IOptions<SearchOptions> options) : IMessageSearch
{
    public async Task<SearchedMessages?> FindAsync(SearchCriteria criteria, CancellationToken cancellationToken)
    {
        using var entered = await limit.EnterAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var places = await reader.ReadAsync(SearchStatements.Places(criteria), SearchStatements.ReadPlace, cancellationToken);
        if (places.Count == 0 && criteria.ConversationId is not null)
            return null;

        var walk = new SearchWalk(criteria, places.OfType<SearchPlace>());
        var left = options.Value.MessagesPerRequest;
        do
        {
            if (walk.IsDone)
                break;

            var (next, most) = walk.Next(left);
            var rows = await reader.ReadAsync(
                SearchStatements.Messages(criteria, next, most), SearchStatements.ReadMessage, cancellationToken);
            walk.Add(next, most, rows);
            left -= rows.Count;
        }
        while (left > 0 && Stopwatch.GetElapsedTime(started) < options.Value.TimePerRequest);

        return walk.ToResult();
    }
}
