using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Search;

public sealed class SearchMessagesTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly JsonSerializerOptions _withoutNull =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SearchMessages_OverAllConversations_FindsTheNewestFirstWithHighlights()
    {
        var (investor, startup, here) = await _server.RegisterPairAsync();
        var other = await _server.RegisterStartupAsync();
        var there = await investor.ConversationWithAsync(other);
        await SendAsync(investor, here, "The first invoice");
        await SendAsync(other, there, "Second INVOICE and invoice");
        await SendAsync(startup, here, "Nothing");
        await SendAsync(investor, there, "Third Ínvoice");

        var page = await SearchAsync(investor, new { query = "invoice" });

        page.Data.EnumerateArray().Select(hit => hit.GetProperty("message").Content())
            .ShouldBe(["Third Ínvoice", "Second INVOICE and invoice", "The first invoice"]);
        page.Data[1].GetProperty("highlights").GetRawText().ShouldBe("""[{"start":7,"length":7},{"start":19,"length":7}]""");
        page.Body.GetProperty("page").GetRawText().ShouldBe("""{"nextCursor":null,"searchedBackTo":null,"isComplete":true}""");
        page.Data[2].GetProperty("message").GetRawText().ShouldBe(
            (await investor.GetAsync($"/api/messages?conversationId={here}")).Data[0].GetRawText());
        (await FindAsync(startup, new { query = "invoice" })).ShouldBe(["The first invoice"]);
        (await FindAsync(await _server.CreateAdminAsync(), new { query = "invoice" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task SearchMessages_WithFilters_FindsOnlyWhatTheyAllow()
    {
        var (investor, startup, here) = await _server.RegisterPairAsync();
        var there = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await SendAsync(investor, here, "hello 1");
        var second = await SendAsync(startup, here, "hello 2");
        await SendAsync(investor, here, "hello 3");
        await SendAsync(investor, there, "hello 4");
        var at = second.Instant("createdAt");
        var (before, after) = (at.AddTicks(-10), at.AddTicks(10));

        (await FindAsync(investor, new { query = "hello", conversationId = here })).ShouldBe(["hello 3", "hello 2", "hello 1"]);
        (await FindAsync(investor, new { query = "hello", senderId = startup.Id })).ShouldBe(["hello 2"]);
        (await FindAsync(investor, new { query = "hello", senderId = Guid.CreateVersion7() })).ShouldBeEmpty();
        (await FindAsync(investor, new { query = "hello", conversationId = here, after = at })).ShouldBe(["hello 3", "hello 2"]);
        (await FindAsync(investor, new { query = "hello", conversationId = here, after })).ShouldBe(["hello 3"]);
        (await FindAsync(investor, new { query = "hello", before = at })).ShouldBe(["hello 1"]);
        (await FindAsync(investor, new { query = "hello", before = after })).ShouldBe(["hello 2", "hello 1"]);
        (await FindAsync(investor, new { query = "hello", after = before, before = after })).ShouldBe(["hello 2"]);
        (await FindAsync(investor, new { query = "hello", hasAttachment = true })).ShouldBeEmpty();
        (await FindAsync(investor, new { query = "hello", hasAttachment = false, conversationId = there })).ShouldBe(["hello 4"]);
        (await FindAsync(investor, new { query = "hello", before = DateTimeOffset.MinValue })).ShouldBeEmpty();
        (await FindAsync(investor, new { query = "hello", after = DateTimeOffset.MaxValue })).ShouldBeEmpty();
    }

    [Fact]
    public async Task SearchMessages_OfAttachmentsWithoutAQuery_FindsTheirMessages()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SendAsync(investor, conversationId, "Text only");
        await _server.ExecuteAsync(
            $$"""
            UPDATE messages SET attachments = '[{"id":"{{Guid.CreateVersion7()}}","kind":0,"name":"plan.pdf","contentType":"application/pdf","bytes":1}]'
            WHERE conversation_id = '{{conversationId}}'
            """);
        await SendAsync(startup, conversationId, "Another text");

        var page = await SearchAsync(startup, new { hasAttachment = true });

        page.Data.EnumerateArray().Select(hit => hit.GetProperty("message").Content()).ShouldBe(["Text only"]);
        page.Data[0].GetProperty("highlights").GetArrayLength().ShouldBe(0);
        (await FindAsync(startup, new { query = "text", hasAttachment = true })).ShouldBe(["Text only"]);
        (await FindAsync(startup, new { query = "text", hasAttachment = false })).ShouldBe(["Another text"]);
    }

    [Theory]
    [InlineData("""{}""", "query", "search.query_too_short")]
    [InlineData("""{"query":""}""", "query", "search.query_too_short")]
    [InlineData("""{"query":"a"}""", "query", "search.query_too_short")]
    [InlineData("""{"hasAttachment":false}""", "query", "search.query_too_short")]
    [InlineData("""{"query":"a b c d e f g h ij"}""", "query", "search.query_too_long")]
    [InlineData("""{"query":"ab\u0000"}""", "query", "search.invalid_text")]
    [InlineData("""{"query":"abc","limit":0}""", "limit", "page.limit_out_of_range")]
    [InlineData("""{"query":"abc","limit":51}""", "limit", "page.limit_out_of_range")]
    [InlineData("""{"query":"abc","after":"2030-01-01T00:00:00Z","before":"2030-01-01T00:00:00Z"}""", "after", "search.invalid_range")]
    public async Task SearchMessages_OfAnInvalidSearch_IsRejected(string body, string member, string code)
    {
        var (investor, _, _) = await _server.RegisterPairAsync();

        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        (await investor.PostRawAsync("/api/messages/search", content))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(member).ShouldBe([code]);
    }

    [Fact]
    public async Task SearchMessages_InAConversationOfOthers_IsLikeAnUnknownOne()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var outsider = await _server.RegisterInvestorAsync();
        await SendAsync(investor, conversationId, "Secret plans");

        foreach (var id in new[] { conversationId, Guid.CreateVersion7() })
        {
            (await outsider.PostAsync("/api/messages/search", new { query = "secret", conversationId = id }))
                .ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
        }

        (await FindAsync(outsider, new { query = "secret" })).ShouldBeEmpty();
        (await FindAsync(outsider, new { query = "secret", senderId = investor.Id })).ShouldBeEmpty();
        (await FindAsync(investor, new { query = "secret", conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync()) }))
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task SearchMessages_PageByPage_FindsEachOnceAndContinuesOnlyTheSameSearch()
    {
        var (investor, startup, here) = await _server.RegisterPairAsync();
        var there = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        foreach (var number in Enumerable.Range(1, 7))
            await SendAsync(investor, number % 2 == 0 ? here : there, $"word {number}");

        var first = await SearchAsync(investor, new { query = "word", limit = 3 });
        var cursor = CursorOf(first);
        await SendAsync(startup, here, "word 8");
        var second = await SearchAsync(investor, new { query = "word", limit = 3, cursor });
        var third = await SearchAsync(investor, new { query = "word", limit = 3, cursor = CursorOf(second) });

        new[] { first, second, third }.SelectMany(Contents).ShouldBe(Enumerable.Range(1, 7).Reverse().Select(number => $"word {number}"));
        CursorOf(third).ShouldBeNull();
        first.Body.GetProperty("page").GetProperty("isComplete").GetBoolean().ShouldBeTrue();
        first.Body.GetProperty("page").Instant("searchedBackTo").ShouldBe(first.Data[2].GetProperty("message").Instant("createdAt"));
        foreach (var (user, search) in new (TestUser, object)[]
        {
            (startup, new { query = "word", cursor }),
            (investor, new { query = "Word", cursor }),
            (investor, new { query = "word", cursor, conversationId = here }),
            (investor, new { query = "word", cursor, hasAttachment = false }),
            (investor, new { query = "word", cursor = "AAAA" }),
            (investor, new { query = "word", cursor = "" }),
        })
        {
            (await user.PostAsync("/api/messages/search", search)).ExpectError(HttpStatusCode.BadRequest, "page.invalid_cursor");
        }
    }

    [Fact]
    public async Task SearchMessages_AfterASendAnEditAndADeletion_FindsWhatIsThereNow()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        _server.AddSecret("zucchini");
        var id = (await SendAsync(investor, conversationId, "Aubergine")).Id();
        (await FindAsync(startup, new { query = "aubergine" })).ShouldBe(["Aubergine"]);

        (await investor.EditAsync(id, "Zucchini", 0)).Expect(HttpStatusCode.OK);
        (await FindAsync(startup, new { query = "aubergine" })).ShouldBeEmpty();
        (await FindAsync(startup, new { query = "zucchini" })).ShouldBe(["Zucchini"]);

        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { id } })).Expect(HttpStatusCode.OK);
        (await FindAsync(startup, new { query = "zucchini" })).ShouldBeEmpty();
        (await FindAsync(investor, new { query = "zucchini" })).ShouldBe(["Zucchini"]);

        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        (await FindAsync(investor, new { query = "zucchini" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task SearchMessages_InAClearedOrArchivedConversation_FindsWhatTheViewerSees()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SendAsync(investor, conversationId, "before the clearing");
        (await startup.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = 1 })).Expect(HttpStatusCode.OK);
        await SendAsync(investor, conversationId, "after the clearing");
        (await startup.PutAsync($"/api/conversations/{conversationId}/archive", new { throughSequence = 2 })).Expect(HttpStatusCode.OK);

        (await FindAsync(startup, new { query = "clearing" })).ShouldBe(["after the clearing"]);
        (await FindAsync(investor, new { query = "clearing" })).ShouldBe(["after the clearing", "before the clearing"]);
        (await startup.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = 2 })).Expect(HttpStatusCode.OK);
        (await FindAsync(startup, new { query = "clearing" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task SearchMessages_OfAnExpiringMessage_EndsAtTheVeryInstant()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var sent = (await investor.SendExpiringAsync(conversationId, "Vanishing", 1)).Expect(HttpStatusCode.Created).Data;
        try
        {
            _server.Clock.FreezeAt(sent.Instant("expiresAt").AddTicks(-10));
            startup = await _server.LogInAsync(startup.Email);
            (await FindAsync(startup, new { query = "vanishing" })).ShouldBe(["Vanishing"]);

            _server.Clock.FreezeAt(sent.Instant("expiresAt"));
            (await startup.PostAsync("/api/messages/search", new { query = "vanishing" })).Expect(HttpStatusCode.OK).Text.ShouldNotContain("Vanishing");
        }
        finally
        {
            _server.Clock.Release();
        }
    }

    /// <summary>Tests that each page goes further back, however little a request may read, and that the pages have every hit once.</summary>
    [Theory]
    [InlineData(1, "00:00:01", 10)]
    [InlineData(20, "00:00:01", 10)]
    [InlineData(1000, "00:00:00", 4_000)]
    public async Task SearchMessages_WithASmallBudget_GoesBackStepByStepAndFindsEverythingOnce(
        int messagesPerRequest, string timePerRequest, int textLength)
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>
        {
            ["Search:MessagesPerRequest"] = messagesPerRequest.ToString(CultureInfo.InvariantCulture),
            ["Search:TimePerRequest"] = timePerRequest,
            ["Limits:MessageSearchBurst"] = "10000",
        });
        var (investor, _, here) = await server.RegisterPairAsync();
        var there = await investor.ConversationWithAsync(await server.RegisterStartupAsync());
        await SendAsync(investor, here, "oldest needle");
        await server.FillAsync(here, investor.Id, 60);
        await SendAsync(investor, there, "middle needle");
        await server.FillAsync(there, investor.Id, 30);
        await SendAsync(investor, here, "newest needle");
        await server.ExecuteAsync($"UPDATE messages SET content = repeat('x', {textLength}) WHERE content LIKE 'Filled%'");

        var found = new List<string?>();
        DateTimeOffset? back = null;
        string? cursor = null;
        var pages = 0;
        do
        {
            var page = await SearchAsync(investor, new { query = "needle", limit = 2, cursor });
            found.AddRange(Contents(page));
            cursor = CursorOf(page);
            if (cursor is not null)
            {
                var to = page.Body.GetProperty("page").Instant("searchedBackTo");
                to.ShouldBeLessThanOrEqualTo(back ?? DateTimeOffset.MaxValue);
                back = to;
            }

            pages.ShouldBeLessThan(120);
            pages++;
        }
        while (cursor is not null);

        found.ShouldBe(["newest needle", "middle needle", "oldest needle"]);
        pages.ShouldBeGreaterThan(messagesPerRequest == 1 ? 40 : 3);
    }

    /// <summary>Tests that messages of one instant in several conversations are found once each. Only the database can contain them.</summary>
    [Fact]
    public async Task SearchMessages_OfOneInstant_FindsEachOnce()
    {
        var investor = await _server.RegisterInvestorAsync();
        foreach (var number in Enumerable.Range(1, 5))
            await SendAsync(investor, await investor.ConversationWithAsync(await _server.RegisterStartupAsync()), $"same time {number}");
        await _server.ExecuteAsync(
            $"""
            UPDATE messages SET created_at = '2030-01-01T00:00:00Z' WHERE sender_id = '{investor.Id}';
            UPDATE conversations SET last_activity_at = '2030-01-01T00:00:00Z' WHERE '{investor.Id}' IN (pair_low, pair_high)
            """);

        var found = new List<string?>();
        string? cursor = null;
        do
        {
            var page = await SearchAsync(investor, new { query = "\"same time\"", limit = 2, cursor });
            found.AddRange(Contents(page));
            cursor = CursorOf(page);
        }
        while (cursor is not null);

        found.Order().ShouldBe(Enumerable.Range(1, 5).Select(number => $"same time {number}"));
    }

    private static async Task<JsonElement> SendAsync(TestUser sender, Guid conversationId, string content) =>
        (await sender.SendAsync(conversationId, content)).Expect(HttpStatusCode.Created).Data;

    private static async Task<Answer> SearchAsync(TestUser user, object search) =>
        (await user.PostRawAsync("/api/messages/search", JsonContent.Create(search, options: _withoutNull))).Expect(HttpStatusCode.OK);

    private static async Task<IEnumerable<string?>> FindAsync(TestUser user, object search) => Contents(await SearchAsync(user, search));

    private static IEnumerable<string?> Contents(Answer page) =>
        page.Data.EnumerateArray().Select(hit => hit.GetProperty("message").Content());

    private static string? CursorOf(Answer page) => page.Body.GetProperty("page").GetProperty("nextCursor").GetString();
}
