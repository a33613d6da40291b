using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

/// <summary>Tests the messages that a page's replies refer to, and the lookup of messages by their sequences.</summary>
public sealed class QuotedMessagesTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetMessages_WithReplies_QuotesThoseThatAreNotOnThePageOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 6);
        foreach (var quoted in new long[] { 5, 2, 5, 7, 1 })
            (await ReplyTests.ReplyAsync(startup, conversationId, $"To {quoted}", quoted)).Expect(HttpStatusCode.Created);

        // The page has 7 to 11. The reply to 7 refers to the page itself.
        var page = await investor.GetAsync($"/api/messages?conversationId={conversationId}&limit=5");

        page.Data.EnumerateArray().Select(message => message.Sequence()).ShouldBe([7, 8, 9, 10, 11]);
        QuotedBy(page).ShouldBe([1, 2, 5]);
        page.Body.GetProperty("quoted")[0].GetRawText().ShouldBe(
            (await investor.GetAsync($"/api/messages?conversationId={conversationId}&afterSequence=0&limit=1")).Data[0].GetRawText());
    }

    [Fact]
    public async Task GetMessages_WithoutReplies_QuotesNothing()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);

        QuotedBy(await investor.GetAsync($"/api/messages?conversationId={conversationId}")).ShouldBeEmpty();
    }

    /// <summary>Tests that a quote is shown until exactly the instant at which its message expires, in a page, around and in a lookup.</summary>
    [Fact]
    public async Task Quote_OfAnExpiringMessage_EndsAtTheVeryInstant()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var quoted = (await investor.SendExpiringAsync(conversationId, "Secret", 1)).Expect(HttpStatusCode.Created).Data;
        await _server.FillAsync(conversationId, investor.Id, 2);
        (await ReplyTests.ReplyAsync(startup, conversationId, "Reply", 1)).Expect(HttpStatusCode.Created);
        var end = quoted.Instant("expiresAt");
        string[] paths = [$"/api/messages?conversationId={conversationId}&limit=1", $"/api/messages?conversationId={conversationId}&around=4&limit=1"];
        try
        {
            _server.Clock.FreezeAt(end.AddTicks(-10));
            startup = await _server.LogInAsync(startup.Email);
            foreach (var path in paths)
                QuotedBy(await startup.GetAsync(path)).ShouldBe([1]);
            (await LookUpAsync(startup, conversationId, "1")).Data[0].Content().ShouldBe("Secret");

            _server.Clock.FreezeAt(end);
            foreach (var path in paths)
                (await startup.GetAsync(path)).Expect(HttpStatusCode.OK).Text.ShouldNotContain("Secret");
            (await LookUpAsync(startup, conversationId, "1")).Data.GetArrayLength().ShouldBe(0);
        }
        finally
        {
            _server.Clock.Release();
        }
    }

    [Fact]
    public async Task Quote_OfAnEditedMessage_IsTheNewTextAndOfADeletedOneNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "First text")).Expect(HttpStatusCode.Created).Data.Id();
        (await ReplyTests.ReplyAsync(startup, conversationId, "Reply", 1)).Expect(HttpStatusCode.Created);
        var path = $"/api/messages?conversationId={conversationId}&limit=1";

        (await investor.EditAsync(id, "Second text", 0)).Expect(HttpStatusCode.OK);
        (await startup.GetAsync(path)).Body.GetProperty("quoted")[0].Content().ShouldBe("Second text");
        (await LookUpAsync(startup, conversationId, "1")).Data[0].GetProperty("version").GetInt32().ShouldBe(1);

        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);
        QuotedBy(await startup.GetAsync(path)).ShouldBeEmpty();
        (await LookUpAsync(startup, conversationId, "1")).Data.GetArrayLength().ShouldBe(0);
    }

    /// <summary>Tests that a user who has hidden or cleared a message gets no quote of it, and the other participant still does.</summary>
    [Fact]
    public async Task Quote_OfAMessageThatTheViewerHasHiddenOrCleared_IsMissingForThatUserOnly()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, startup.Id, 5);
        foreach (var quoted in new[] { 1, 2, 3 })
            (await ReplyTests.ReplyAsync(startup, conversationId, $"To {quoted}", quoted)).Expect(HttpStatusCode.Created);
        var third = await _server.QueryAsync<Guid>($"SELECT id FROM messages WHERE conversation_id = '{conversationId}' AND sequence = 3");

        (await investor.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { third } })).Expect(HttpStatusCode.OK);
        await ShouldBeQuotedAsync(investor, 1, 2);
        (await investor.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = 1 })).Expect(HttpStatusCode.OK);
        await ShouldBeQuotedAsync(investor, 2);
        (await investor.PostAsync($"/api/conversations/{conversationId}/clear", new { throughSequence = 2 })).Expect(HttpStatusCode.OK);
        await ShouldBeQuotedAsync(investor);
        await ShouldBeQuotedAsync(startup, 1, 2, 3);

        async Task ShouldBeQuotedAsync(TestUser viewer, params long[] sequences)
        {
            QuotedBy(await viewer.GetAsync($"/api/messages?conversationId={conversationId}&limit=3")).ShouldBe(sequences);
            QuotedBy(await viewer.GetAsync($"/api/messages?conversationId={conversationId}&limit=3&around=8")).ShouldBe(sequences);
            (await LookUpAsync(viewer, conversationId, "1,2,3")).Data.EnumerateArray().Select(message => message.Sequence()).ShouldBe(sequences);
        }
    }

    [Fact]
    public async Task LookUp_OfSeveralSequences_AnswersThoseVisibleAndNotTheRest()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 9);
        await _server.ExpireAsync(conversationId, "sequence = 4");
        var id = await _server.QueryAsync<Guid>($"SELECT id FROM messages WHERE conversation_id = '{conversationId}' AND sequence = 5");
        (await investor.DeleteMessageAsync(id)).Expect(HttpStatusCode.OK);

        var found = await LookUpAsync(startup, conversationId, $"9,3,4,5,10,{long.MaxValue}");

        found.Body.Members().ShouldBe(["success", "data", "omitted"]);
        found.Data.EnumerateArray().Select(message => message.Sequence()).ShouldBe([3, 9]);
        found.Body.GetProperty("omitted").GetArrayLength().ShouldBe(0);
        (await LookUpAsync(startup, conversationId, "4,5,10")).Text.ShouldBe("""{"success":true,"data":[],"omitted":[]}""");
    }

    /// <summary>Tests that the caller's receipts are those of a page: read by the other participant or not.</summary>
    [Fact]
    public async Task LookUp_OfAReadMessage_HasItsReceipt()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Read")).Expect(HttpStatusCode.Created);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        var page = await investor.GetAsync($"/api/messages?conversationId={conversationId}");

        page.Data[0].GetProperty("isRead").GetBoolean().ShouldBeTrue();
        (await LookUpAsync(investor, conversationId, "1")).Data[0].GetRawText().ShouldBe(page.Data[0].GetRawText());
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public async Task LookUp_UpToTheLimit_IsAnswered(int count, bool isAccepted)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 60);

        var found = await LookUpAsync(investor, conversationId, string.Join(',', Enumerable.Range(1, count)));

        if (isAccepted)
            found.Expect(HttpStatusCode.OK).Data.GetArrayLength().ShouldBe(50);
        else
            found.ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("sequences").ShouldBe(["message.sequences_out_of_range"]);
    }

    [Theory]
    [InlineData("0", "message.sequences_out_of_range")]
    [InlineData("3,0", "message.sequences_out_of_range")]
    [InlineData("3,17,3", "message.sequences_repeated")]
    [InlineData("", "malformed")]
    [InlineData("3,", "malformed")]
    [InlineData("3,,4", "malformed")]
    [InlineData("-3", "malformed")]
    [InlineData("3, 4", "malformed")]
    [InlineData("9223372036854775808", "malformed")]
    public async Task LookUp_OfOtherThanDifferentSequences_IsRejected(string sequences, string code)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await LookUpAsync(investor, conversationId, Uri.EscapeDataString(sequences)))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("sequences").ShouldBe([code]);
    }

    [Fact]
    public async Task LookUp_WithoutSequences_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.GetAsync($"/api/messages/lookup?conversationId={conversationId}"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("sequences").Count.ShouldBe(1);
    }

    [Fact]
    public async Task LookUp_ByANonParticipant_IsNotFoundAsForAnUnknownConversation()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);
        var nonParticipant = await _server.RegisterStartupAsync();

        var foreign = (await LookUpAsync(nonParticipant, conversationId, "1")).ExpectError(HttpStatusCode.NotFound, "conversation.not_found");

        (await LookUpAsync(nonParticipant, Guid.CreateVersion7(), "1")).WithoutTrace().ShouldBe(foreign.WithoutTrace());
        (await nonParticipant.GetAsync($"/api/messages?conversationId={conversationId}&around=1")).WithoutTrace().ShouldBe(foreign.WithoutTrace());
    }

    [Theory]
    [InlineData(5, 4, "3-6", true, true)]
    [InlineData(1, 4, "1-4", false, true)]
    [InlineData(0, 4, "1-4", false, true)]
    [InlineData(10, 4, "7-10", true, false)]
    [InlineData(11, 4, "7-10", true, false)]
    [InlineData(long.MaxValue, 4, "7-10", true, false)]
    [InlineData(5, 10, "1-10", false, false)]
    [InlineData(5, 9, "1-9", false, true)]
    [InlineData(5, 1, "5-5", true, true)]
    [InlineData(5, 4, "2-9", true, true, "sequence BETWEEN 4 AND 7")]
    [InlineData(5, 1, "8-8", true, true, "sequence BETWEEN 4 AND 7")]
    [InlineData(5, 4, "7-10", false, false, "sequence <= 6")]
    [InlineData(5, 4, "", false, false, "true")]
    public async Task GetMessages_AroundASequence_HasTheNearestOnBothSides(
        long around, int limit, string expected, bool moreBefore, bool moreAfter, string? expired = null)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 10);
        if (expired is not null)
            await _server.ExpireAsync(conversationId, expired);

        var answer = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit={limit}&around={around}")).Expect(HttpStatusCode.OK);

        var sequences = answer.Data.EnumerateArray().Select(message => message.Sequence()).ToList();
        sequences.ShouldBeInOrder();
        (sequences.Count == 0 ? "" : $"{sequences[0]}-{sequences[^1]}").ShouldBe(expected);
        answer.Body.GetProperty("page").GetProperty("hasMoreBefore").GetBoolean().ShouldBe(moreBefore);
        answer.Body.GetProperty("page").GetProperty("hasMoreAfter").GetBoolean().ShouldBe(moreAfter);
    }

    /// <summary>Tests that a walk in both directions from the page meets each message and each tombstone once.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(12, 1)]
    [InlineData(12, 2)]
    [InlineData(13, 3)]
    [InlineData(24, 5)]
    [InlineData(30, 100)]
    public async Task GetMessages_AroundThenWalkedInBothDirections_MeetsEverythingOnce(long around, int limit)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 24);
        await _server.ExpireAsync(conversationId, "sequence % 5 = 0");
        await _server.ExecuteAsync(
            $"""
            UPDATE messages SET content = '', deleted_at = created_at + interval '1 microsecond', deleted_by = 1
            WHERE conversation_id = '{conversationId}' AND sequence % 3 = 0 AND sequence % 5 <> 0
            """);
        var (messages, deleted) = (new List<long>(), new List<long>());

        var first = await PageAsync($"&around={around}");
        for (var page = first; page.Body.GetProperty("page").GetProperty("hasMoreBefore").GetBoolean();)
            page = await PageAsync($"&beforeSequence={page.Body.GetProperty("page").GetProperty("oldestSequence")}");
        for (var page = first; page.Body.GetProperty("page").GetProperty("hasMoreAfter").GetBoolean();)
            page = await PageAsync($"&afterSequence={page.Body.GetProperty("page").GetProperty("newestSequence")}");

        messages.Order().ShouldBe(Enumerable.Range(1, 24).Where(n => n % 5 != 0 && n % 3 != 0).Select(n => (long)n));
        deleted.Order().ShouldBe(Enumerable.Range(1, 24).Where(n => n % 5 != 0 && n % 3 == 0).Select(n => (long)n));

        async Task<Answer> PageAsync(string anchor)
        {
            var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit={limit}{anchor}")).Expect(HttpStatusCode.OK);
            messages.AddRange(page.Data.EnumerateArray().Select(message => message.Sequence()));
            deleted.AddRange(page.Body.GetProperty("deleted").EnumerateArray().Select(tombstone => tombstone.Sequence()));

            return page;
        }
    }

    private static IReadOnlyList<long> QuotedBy(Answer page) =>
        [.. page.Expect(HttpStatusCode.OK).Body.GetProperty("quoted").EnumerateArray().Select(message => message.Sequence())];

    private static Task<Answer> LookUpAsync(TestUser user, Guid conversationId, string sequences) =>
        user.GetAsync($"/api/messages/lookup?conversationId={conversationId}&sequences={sequences}");
}
