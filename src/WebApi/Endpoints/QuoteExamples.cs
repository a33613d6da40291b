using CleanMessaging.Application.Messages;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of a page with a reply, and of the message that it quotes, both of <see cref="Examples"/>.</summary>
internal static class QuoteExamples
{
    public static readonly MessagePageEnvelope Page = new(
        [Examples.Answer],
        new MessagePageInfo(HasMoreBefore: true, HasMoreAfter: false, OldestSequence: 2, NewestSequence: 2),
        Deleted: [],
        Quoted: [Examples.Question]);

    public static readonly FoundMessagesEnvelope Found = new([Examples.Question], Omitted: []);
}
