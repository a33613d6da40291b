using CleanMessaging.Application.Messages;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>
/// Examples of a page with a reply and a later message that was deleted, and of the message that the reply quotes, of
/// <see cref="Examples"/>.
/// </summary>
internal static class QuoteExamples
{
    public static readonly MessagePageEnvelope Page = new(
        [Examples.Answer],
        new MessagePageInfo(HasMoreBefore: true, HasMoreAfter: false, OldestSequence: 2, NewestSequence: 2),
        [MessageChangeExamples.LaterDeleted],
        Quoted: [Examples.Question]);

    public static readonly FoundMessagesEnvelope Found = new([Examples.Question], Omitted: []);
}
