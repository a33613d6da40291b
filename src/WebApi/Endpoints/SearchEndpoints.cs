using System.Security.Claims;
using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Search;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using CleanMessaging.WebApi.Limits;
using CleanMessaging.WebApi.Responses;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>The search for messages.</summary>
internal static class SearchEndpoints
{
    public static void MapSearch(this IEndpointRouteBuilder messages) =>
        messages.MapPost("/search", Search).WithName("searchMessages")
            .WithConcurrencyLimit(RequestKind.MessageSearch).WithBufferedResponse()
            .WithRequestExample(SearchExamples.Words, "a word")
            .WithRequestExample(SearchExamples.InConversation, "a phrase and a word, in one conversation")
            .WithRequestExample(SearchExamples.WithAttachments, "messages with attachments")
            .WithResponseExample(StatusCodes.Status200OK, SearchExamples.Found, "everything was searched")
            .WithResponseExample(StatusCodes.Status200OK, SearchExamples.Unfinished, "nothing found yet")
            .WithMemberErrors("query", SearchErrors.TooShort, SearchErrors.TooLong, SearchErrors.InvalidText)
            .ProducesErrors(PageErrors.InvalidCursor, ConversationErrors.NotFound);

    /// <summary>Searches the messages that the caller sees, newest first.</summary>
    /// <remarks>
    /// All words must occur in a message, in any order. Text in quotation marks, straight or typographic, is one term with its spaces.
    /// Case, accents and width do not matter. A term of 3 or more characters matches anywhere. So does a shorter one with an emoji, or with
    /// a character of Chinese, Japanese, Korean, Thai and similar scripts. Another term of 2 characters matches at the beginning of a word.
    /// A single character matches as a whole word, and only if there is also a longer term. A request works for a limited time. To search
    /// everything, continue with <c>nextCursor</c> until it is null, also after a page without a hit. A user can make 30 requests at once,
    /// and then 5 a second. The request changes nothing; it is a POST so that what a user searches for is not part of an address.
    /// </remarks>
    internal static async Task<Ok<SearchEnvelope>> Search(
        SearchMessagesRequest request, ClaimsPrincipal caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var page = await mediator.Send(
            new SearchMessagesQuery(
                caller.UserId(),
                request.Query,
                (ConversationId?)request.ConversationId,
                (UserId?)request.SenderId,
                request.After,
                request.Before,
                request.HasAttachment,
                request.Cursor,
                request.Limit ?? SearchMessagesQuery.LimitDefault),
            cancellationToken);

        return TypedResults.Ok(new SearchEnvelope(page.Hits, page.Page));
    }
}

public sealed record SearchMessagesRequest
{
    /// <summary>
    /// The words and phrases to find: 1 to 200 characters (Unicode code points) and at most 8 terms. Can be left out or blank if
    /// <c>hasAttachment</c> is true.
    /// </summary>
    [Optional]
    public string? Query { get; init; }

    /// <summary>A conversation of the caller's; all when left out.</summary>
    [Optional]
    public Guid? ConversationId { get; init; }

    /// <summary>Only messages of this user; of all when left out.</summary>
    [Optional]
    public Guid? SenderId { get; init; }

    /// <summary>Only messages sent at this time or later.</summary>
    [Optional]
    public DateTimeOffset? After { get; init; }

    /// <summary>Only messages sent before this time.</summary>
    [Optional]
    public DateTimeOffset? Before { get; init; }

    /// <summary>True for messages with attachments only, false for those without; both when left out.</summary>
    [Optional]
    public bool? HasAttachment { get; init; }

    /// <summary>The <c>nextCursor</c> of the previous page of the same search by the same user.</summary>
    [Optional]
    public string? Cursor { get; init; }

    /// <summary>The maximum number of hits, 1 to 50; 20 when left out.</summary>
    [Optional]
    public int? Limit { get; init; }
}
