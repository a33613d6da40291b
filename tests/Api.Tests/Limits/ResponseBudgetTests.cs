using System.Net;
using System.Text;
using System.Text.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>
/// Tests that responses contain what fits into 64 KB of JSON: three messages of 5,000 emoji, or two of 5,000 control characters.
/// </summary>
public sealed class ResponseBudgetTests(ResponseBudgetTests.SmallAnswers fixture) : IClassFixture<ResponseBudgetTests.SmallAnswers>
{
    private const int Budget = 64 * 1024;
    private const int BytesPerEmoji = 4;
    private const string Emoji = "repeat('😀', 5000)";
    private const string Control = "repeat(E'\\u0001', 5000)";

    private readonly ApiServer _server = fixture.Server;

    [Theory]
    [InlineData("")]
    [InlineData("&limit=100")]
    public async Task GetMessages_WalkedInEitherDirection_SkipsAndRepeatsNothing(string limit)
    {
        var (_, startup, conversationId) = await FilledPairAsync(20);

        var back = await WalkAsync(startup, conversationId, limit, "before");
        var forth = await WalkAsync(startup, conversationId, limit, "after", back[0].Id);

        back.Select(message => message.Sequence).ShouldBe(Enumerable.Range(1, 20).Select(sequence => (long)sequence));
        forth.Select(message => message.Sequence).ShouldBe(Enumerable.Range(2, 19).Select(sequence => (long)sequence));
    }

    [Fact]
    public async Task GetMessages_OfLargeMessages_EndsAtItsFarEndAndSaysThatThereIsMore()
    {
        var (_, startup, conversationId) = await FilledPairAsync(20);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);

        Encoding.UTF8.GetByteCount(page.Text).ShouldBeInRange(3 * 5000 * BytesPerEmoji, Budget);
        page.Body
            .GetProperty("page")
            .GetRawText()
            .ShouldBe("""{"hasMoreBefore":true,"hasMoreAfter":false,"oldestSequence":18,"newestSequence":20}""");
    }

    [Fact]
    public async Task GetMessages_OfTextsThatNeedEscapes_CountsThem()
    {
        var (_, startup, conversationId) = await FilledPairAsync(20, Control);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);

        page.Data.GetArrayLength().ShouldBe(2);
        Encoding.UTF8.GetByteCount(page.Text).ShouldBeLessThan(Budget);
    }

    /// <summary>Tests that quotes share the size limit with the page, and that those that do not fit are found by a lookup.</summary>
    [Fact]
    public async Task GetMessages_WithLargeQuotes_OmitsThoseThatDoNotFit()
    {
        var (investor, startup, conversationId) = await FilledPairAsync(5);
        foreach (var quoted in Enumerable.Range(1, 5))
            (await investor.PostAsync("/api/messages/send", new { conversationId, content = "Reply", replyToSequence = quoted })).Expect(HttpStatusCode.Created);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=5")).Expect(HttpStatusCode.OK);

        page.Data.GetArrayLength().ShouldBe(5);
        page.Body.GetProperty("quoted").EnumerateArray().Select(message => message.Sequence()).ShouldBe([1, 2, 3]);
        Encoding.UTF8.GetByteCount(page.Text).ShouldBeInRange(3 * 5000 * BytesPerEmoji, Budget);
        await ShouldBeFoundAsync(startup, conversationId, [4, 5]);
    }

    [Fact]
    public async Task LookUp_OfLargeMessages_NamesThoseThatDoNotFit()
    {
        var (_, startup, conversationId) = await FilledPairAsync(20, Control);

        await ShouldBeFoundAsync(startup, conversationId, [.. Enumerable.Range(1, 20).Select(sequence => (long)sequence)]);
    }

    [Fact]
    public async Task GetMessages_AroundOfLargeMessages_IsCutOnBothSides()
    {
        var (_, startup, conversationId) = await FilledPairAsync(20);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&around=10")).Expect(HttpStatusCode.OK);

        page.Body.GetProperty("page").GetRawText().ShouldBe("""{"hasMoreBefore":true,"hasMoreAfter":true,"oldestSequence":9,"newestSequence":11}""");
        Encoding.UTF8.GetByteCount(page.Text).ShouldBeLessThan(Budget);
    }

    [Fact]
    public async Task ListConversations_OfLargePreviews_IsWalkedWithoutSkippingOrRepeating()
    {
        var startup = await fixture.RegisterAsync(UserRole.Startup);
        var ids = new List<Guid>();
        for (var number = 0; number < 8; number++)
            ids.Add((await FilledPairAsync(1, with: startup)).ConversationId);

        var walked = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = (await startup.GetAsync($"/api/conversations{(cursor is null ? "" : $"?cursor={cursor}")}"))
                .Expect(HttpStatusCode.OK);
            page.Data.GetArrayLength().ShouldBeInRange(1, 3);
            Encoding.UTF8.GetByteCount(page.Text).ShouldBeLessThan(Budget);
            walked.AddRange(page.Data.EnumerateArray().Select(conversation => conversation.Id()));
            cursor = page.NextCursor();
        }
        while (cursor is not null);

        walked.ShouldBe(ids.AsEnumerable().Reverse());
    }

    [Theory]
    [InlineData(3, 0, true)]
    [InlineData(4, 1, true)]
    [InlineData(4, 0, false)]
    public async Task Join_OfLargeChanges_AnswersAllOfThemOrNone(int messages, int since, bool recovered)
    {
        var (_, startup, conversationId) = await FilledPairAsync(messages);
        await using var connection = await startup.ConnectAsync();

        var joined = await connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision = since }, Token);

        joined.GetProperty("recovered").GetBoolean().ShouldBe(recovered);
        joined.GetProperty("messages").GetArrayLength().ShouldBe(recovered ? messages - since : 0);
        joined.GetProperty("revision").GetInt64().ShouldBe(messages);
    }

    [LongFact]
    public async Task Join_OfTextsThatNeedEscapes_CountsThem()
    {
        var (_, startup, conversationId) = await FilledPairAsync(3, Control);
        await using var connection = await startup.ConnectAsync();

        var joined = await connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision = 0 }, Token);

        joined.GetProperty("recovered").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Join_OfChangesThatHaveExpired_CountsThoseThatAreVisible()
    {
        var (_, startup, conversationId) = await FilledPairAsync(20);
        await _server.ExpireAsync(conversationId, "sequence > 3");
        await using var connection = await startup.ConnectAsync();

        var joined = await connection.Hub.InvokeAsync<JsonElement>("Join", new { conversationId, sinceRevision = 0 }, Token);

        joined.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        joined.GetProperty("messages").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task SyncConversations_OfLargeChanges_AnswersWholeConversationsUpToTheBudget()
    {
        var startup = await fixture.RegisterAsync(UserRole.Startup);
        var large = (await FilledPairAsync(4, with: startup)).ConversationId;
        var first = (await FilledPairAsync(2, with: startup)).ConversationId;
        var second = (await FilledPairAsync(2, with: startup)).ConversationId;
        var small = (await FilledPairAsync(5, "'short'", startup)).ConversationId;
        var none = (await FilledPairAsync(1, with: startup)).ConversationId;

        var synced = (await startup.PostAsync("/api/sync", new
        {
            conversations = new[] { Known(large, 0), Known(first, 0), Known(second, 0), Known(small, 0), Known(none, 1) },
        })).Expect(HttpStatusCode.OK);

        var conversations = synced.Data.GetProperty("conversations").EnumerateArray().ToList();
        conversations.Select(one => one.GetProperty("conversationId").GetGuid()).ShouldBe([large, first, second, small, none]);
        conversations.Select(one => one.GetProperty("recovered").GetBoolean()).ShouldBe([false, true, false, true, true]);
        conversations.Select(one => one.GetProperty("messages").GetArrayLength()).ShouldBe([0, 2, 0, 5, 0]);
        conversations.Select(one => one.GetProperty("revision").GetInt64()).ShouldBe([4, 2, 2, 5, 1]);
        Encoding.UTF8.GetByteCount(synced.Text).ShouldBeLessThan(Budget);
    }

    /// <summary>Tests messages of little text with ten attachments, which have 2,000 bytes of description each.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Responses_OfMessagesWithManyAttachments_CountThem(int messages)
    {
        var (_, startup, conversationId) = await FilledPairAsync(messages, "'short'");
        await _server.ExecuteAsync(
            $$"""
            UPDATE messages SET attachments = (SELECT jsonb_agg(jsonb_build_object(
                'id', gen_random_uuid(), 'kind', 0, 'name', 'plan.pdf', 'description', repeat('😀', 500), 'contentType', 'text/plain', 'bytes', 3)) FROM generate_series(1, 10))
            WHERE conversation_id = '{{conversationId}}'
            """);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
        var synced = (await startup.PostAsync("/api/sync", new { conversations = new[] { Known(conversationId, 0) } })).Expect(HttpStatusCode.OK);

        page.Data.GetArrayLength().ShouldBe(2);
        page.Data[0].GetProperty("attachments").GetArrayLength().ShouldBe(10);
        synced.Data.GetProperty("conversations")[0].GetProperty("recovered").GetBoolean().ShouldBe(messages == 2);
        foreach (var response in new[] { page, synced })
            Encoding.UTF8.GetByteCount(response.Text).ShouldBeLessThan(Budget);
    }

    /// <summary>Verifies that repeated lookups find exactly these messages, each response within the limit.</summary>
    private static async Task ShouldBeFoundAsync(TestUser user, Guid conversationId, IReadOnlyList<long> expected)
    {
        var found = new List<long>();
        for (var wanted = expected; wanted.Count > 0;)
        {
            var answer = (await user.GetAsync($"/api/messages/lookup?conversationId={conversationId}&sequences={string.Join(',', wanted)}"))
                .Expect(HttpStatusCode.OK);
            Encoding.UTF8.GetByteCount(answer.Text).ShouldBeLessThan(Budget);
            answer.Data.GetArrayLength().ShouldBeGreaterThan(0);
            found.AddRange(answer.Data.EnumerateArray().Select(message => message.Sequence()));
            wanted = [.. answer.Body.GetProperty("omitted").EnumerateArray().Select(sequence => sequence.GetInt64())];
        }

        found.ShouldBe(expected);
    }

    private static object Known(Guid conversationId, long sinceRevision) => new { conversationId, sinceRevision };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Reads all pages and returns their messages in order.</summary>
    private static async Task<List<(Guid Id, long Sequence)>> WalkAsync(
        TestUser user, Guid conversationId, string limit, string direction, Guid? from = null)
    {
        var walked = new List<(Guid Id, long Sequence)>();
        var anchor = from;
        while (true)
        {
            var page = (
                await user.GetAsync(
                    $"/api/messages?conversationId={conversationId}{limit}{(anchor is null ? "" : $"&{direction}={anchor}")}"))
                .Expect(HttpStatusCode.OK);
            var messages = page.Data.EnumerateArray().Select(message => (Id: message.Id(), Sequence: message.Sequence())).ToList();
            Encoding.UTF8.GetByteCount(page.Text).ShouldBeLessThan(Budget);
            walked.InsertRange(direction == "before" ? 0 : walked.Count, messages);
            if (!page.Body.GetProperty("page").GetProperty(direction == "before" ? "hasMoreBefore" : "hasMoreAfter").GetBoolean())
                return walked;

            messages.ShouldNotBeEmpty();
            anchor = direction == "before" ? messages[0].Id : messages[^1].Id;
        }
    }

    /// <param name="content">An SQL expression.</param>
    private async Task<(TestUser Investor, TestUser Startup, Guid ConversationId)> FilledPairAsync(
        int messages, string content = Emoji, TestUser? with = null)
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var startup = with ?? await fixture.RegisterAsync(UserRole.Startup);
        var conversationId = await investor.ConversationWithAsync(startup);
        await _server.FillAsync(conversationId, investor.Id, messages);
        await _server.ExecuteAsync($"UPDATE messages SET content = {content} WHERE conversation_id = '{conversationId}'");

        return (investor, startup, conversationId);
    }

    public sealed class SmallAnswers(TestPostgres postgres) : LimitedServerFixture(postgres, ("Limits:ResponseBytes", $"{Budget}"));
}
