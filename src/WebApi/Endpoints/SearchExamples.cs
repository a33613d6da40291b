using CleanMessaging.Application.Messages;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Search;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Examples of a search that finds the question of <see cref="Examples"/>.</summary>
internal static class SearchExamples
{
    private static readonly string _word = Examples.Question.Content!.Split(' ')[0];

    public static readonly SearchMessagesRequest Words = new() { Query = _word.ToLowerInvariant() };

    public static readonly SearchMessagesRequest InConversation = new()
    {
        Query = "\"for October\" numbers",
        ConversationId = Examples.Question.ConversationId,
        After = Examples.Question.CreatedAt.AddDays(-30),
    };

    public static readonly SearchMessagesRequest WithAttachments = new() { HasAttachment = true };

    public static readonly SearchEnvelope Found = new(
        [new SearchHit(Examples.Question, [new Highlight(0, _word.Length)])],
        new SearchPageInfo(NextCursor: null, SearchedBackTo: null, IsComplete: true));

    public static readonly SearchEnvelope Unfinished = new(
        [],
        new SearchPageInfo(
            new Cursor($"{Examples.Question.CreatedAt.UtcTicks}.1.5f0c3a9d2be71846", Examples.Question.ConversationId).ToString(),
            Examples.Question.CreatedAt,
            IsComplete: false));
}
