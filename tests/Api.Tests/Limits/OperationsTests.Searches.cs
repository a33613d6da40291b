using CleanMessaging.Application.Messages;
using CleanMessaging.Domain.Search;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Persistence.Search;

namespace CleanMessaging.Api.Tests.Limits;

public sealed partial class OperationsTests
{
    private static IEnumerable<(string Name, string Value)> OfMessageSearches(LimitOptions limits, SearchOptions budget) =>
    [
        ("Concurrent message searches of a user", Number(limits.UserMessageSearchesAtOnce)),
        ("Message searches of a user, burst", Number(limits.MessageSearchBurst)),
        ("Message searches of a user per second", Number(limits.MessageSearchesPerSecond)),
        (
            "Concurrent message searches",
            limits.MessageSearchesInAll() == Math.Max(1, Environment.ProcessorCount / 2) ? "half of the cores" : Number(limits.MessageSearchesInAll())),
        ("Messages that a message search reads", Number(budget.MessagesPerRequest)),
        ("Time after which a message search searches no further messages", Time(budget.TimePerRequest)),
        ("Terms of a message search", Number(SearchTerms.TermsMax)),
        ("Hits of a page of a message search", Number(SearchMessagesQuery.LimitMax)),
        ("Highlights of a hit", Number(SearchTerms.HighlightsMax)),
    ];
}
