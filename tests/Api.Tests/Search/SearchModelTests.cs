using System.Globalization;
using System.Net;
using CleanMessaging.Domain.Search;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Search;

/// <summary>
/// Compares the hits of searches with those of a plain model after random changes: the model compares every message that the pages of the
/// conversations show.
/// </summary>
public sealed class SearchModelTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly string[] _words = ["Invoice", "invoice", "ÍNVOICE", "voice", "straße", "Strasse", "猫が好き", "合同", "AI", "said", "a", "😀", "two words", "two\twords"];

    private static readonly string[] _queries = ["voice", "\"two words\"", "strasse", "猫", "合同", "ai", "said a", "😀 invoice", "zzz"];

    [Fact]
    public async Task SearchMessages_AfterRandomChanges_FindsWhatAPlainModelFinds()
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["Search:MessagesPerRequest"] = "40",
            ["Quota:DailyFreeLimit"] = "1000",
            ["Limits:MessageSearchBurst"] = "100000",
            ["Messages:EditWindow"] = "7.00:00:00",
        });
        var random = new Random(20261130);
        var (investor, startup, first) = await server.RegisterPairAsync();
        var other = await server.RegisterStartupAsync();
        (TestUser Sender, Guid ConversationId)[] places =
            [(investor, first), (startup, first), (investor, await investor.ConversationWithAsync(other)), (other, await other.ConversationWithAsync(investor))];
        var sent = new List<(TestUser Sender, Guid ConversationId, Guid Id)>();
        var found = 0;
        for (var step = 1; step <= 80; step++)
        {
            await ChangeAsync(random, places, sent);
            if (step % 20 > 0)
                continue;

            foreach (var viewer in new[] { investor, startup, other })
            {
                var seen = await SeenByAsync(viewer, [.. places.Select(place => place.ConversationId).Distinct()]);
                foreach (var query in _queries)
                {
                    var expected = seen.Where(message => SearchTerms.Parse(query).Match(message.Content)).Select(message => message.Id).ToList();
                    (await FindAsync(viewer, query)).ShouldBe(expected, $"{query} at step {step.ToString(CultureInfo.InvariantCulture)}");
                    found += expected.Count;
                }
            }
        }

        found.ShouldBeGreaterThan(100);
    }

    /// <summary>Sends, edits, deletes or hides a message, or clears a conversation.</summary>
    private static async Task ChangeAsync(
        Random random, (TestUser Sender, Guid ConversationId)[] places, List<(TestUser Sender, Guid ConversationId, Guid Id)> sent)
    {
        var (sender, conversationId) = places[random.Next(places.Length)];
        var text = string.Join(' ', random.GetItems(_words, random.Next(1, 4)));
        var one = sent.Count == 0 ? default : sent[random.Next(sent.Count)];
        switch (sent.Count == 0 ? 9 : random.Next(10))
        {
            case 0:
                await one.Sender.PutAsync($"/api/messages/{one.Id}/content", new { content = text, version = 0 });
                break;
            case 1:
                await one.Sender.DeleteMessageAsync(one.Id);
                break;
            case 2:
                await places.First(place => place.ConversationId == one.ConversationId).Sender
                    .PostAsync("/api/messages/hide", new { conversationId = one.ConversationId, messageIds = new[] { one.Id } });
                break;
            case 3 when random.Next(4) == 0:
                await sender.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = random.Next(1, 5) });
                break;
            default:
                sent.Add((sender, conversationId, (await sender.SendAsync(conversationId, text)).Expect(HttpStatusCode.Created).Data.Id()));
                break;
        }
    }

    /// <summary>Returns the messages that a viewer sees, newest first.</summary>
    private static async Task<List<(Guid Id, string Content)>> SeenByAsync(TestUser viewer, IReadOnlyList<Guid> conversationIds)
    {
        var seen = new List<(Guid Id, string Content, DateTimeOffset At)>();
        foreach (var conversationId in conversationIds)
        {
            var page = await viewer.GetAsync($"/api/messages?conversationId={conversationId}&limit=100");
            if (page.Status == HttpStatusCode.OK)
                seen.AddRange(page.Data.EnumerateArray().Select(message => (message.Id(), message.Content()!, message.Instant("createdAt"))));
        }

        return [.. seen.OrderByDescending(message => message.At).Select(message => (message.Id, message.Content))];
    }

    private static async Task<List<Guid>> FindAsync(TestUser viewer, string query)
    {
        var found = new List<Guid>();
        string? cursor = null;
        do
        {
            object search = cursor is null ? new { query, limit = 3 } : new { query, limit = 3, cursor };
            var page = (await viewer.PostAsync("/api/messages/search", search)).Expect(HttpStatusCode.OK);
            found.AddRange(page.Data.EnumerateArray().Select(hit => hit.GetProperty("message").Id()));
            cursor = page.Body.GetProperty("page").GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        return found;
    }
}
