using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class GetMessagesTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task GetMessages_WithoutALimit_AnswersWithTheNewest50OldestFirst()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 51);

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);

        page.Body.Members().ShouldBe(["success", "data", "page", "deleted", "quoted"]);
        Sequences(page).ShouldBe(Sequence(2, 51));
        page.Body
            .GetProperty("page")
            .GetRawText()
            .ShouldBe("""{"hasMoreBefore":true,"hasMoreAfter":false,"oldestSequence":2,"newestSequence":51}""");
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("100", 100)]
    public async Task GetMessages_WithALimitInRange_IsFilledUpToIt(string limit, int count)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 300, expiresAt: "CASE WHEN n % 2 = 0 THEN now() - interval '1 second' END");

        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit={limit}")).Expect(HttpStatusCode.OK);

        page.Data.GetArrayLength().ShouldBe(count);
        Sequences(page).ShouldAllBe(sequence => sequence % 2 == 1);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("101")]
    [InlineData("-1")]
    [InlineData("%2B5")]
    [InlineData("5.0")]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("100000000000")]
    [InlineData("1&limit=2")]
    public async Task GetMessages_WithALimitOutOfRange_IsRejected(string limit)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await investor.GetAsync($"/api/messages?conversationId={conversationId}&limit={limit}"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("limit").Count.ShouldBe(1);
    }

    [Fact]
    public async Task GetMessages_WithoutAConversation_IsRejected()
    {
        var investor = await _server.RegisterInvestorAsync();

        (await investor.GetAsync("/api/messages"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed")
            .FaultsOf("conversationId").Count.ShouldBe(1);
    }

    [Fact]
    public async Task GetMessages_WalkingBackWhileOthersWriteAndMessagesExpire_SeesNothingTwiceAndSkipsNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 60);
        var seen = new List<long>();
        var query = "";

        for (var pages = 1; ; pages++)
        {
            var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=7{query}")).Expect(HttpStatusCode.OK);
            seen.InsertRange(0, Sequences(page));
            if (!page.Body.GetProperty("page").GetProperty("hasMoreBefore").GetBoolean())
                break;

            query = $"&before={page.Data[0].Id()}";
            (await investor.SendAsync(conversationId, $"Meanwhile {pages}")).Expect(HttpStatusCode.Created);
            if (pages == 3)
                await _server.ExpireAsync(conversationId, "sequence % 3 = 1 AND sequence <= 60");
        }

        // The first three pages were 40 to 60. After that every third message is deleted, including the cursor's own message (40).
        seen.ShouldBe([.. Sequence(1, 39).Where(sequence => sequence % 3 != 1), .. Sequence(40, 60)]);
    }

    [Fact]
    public async Task GetMessages_WalkingForwardWhileOthersWriteAndMessagesExpire_SeesNothingTwiceAndSkipsNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 40);
        var seen = new List<long> { 1 };
        var after = await MessageIdAsync(conversationId, 1);

        for (var pages = 1; ; pages++)
        {
            var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=7&after={after}"))
                .Expect(HttpStatusCode.OK);
            seen.AddRange(Sequences(page));
            if (!page.Body.GetProperty("page").GetProperty("hasMoreAfter").GetBoolean())
                break;

            after = page.Data[page.Data.GetArrayLength() - 1].Id();
            if (pages <= 4)
                (await investor.SendAsync(conversationId, $"Meanwhile {pages}")).Expect(HttpStatusCode.Created);

            if (pages == 2)
                await _server.ExpireAsync(conversationId, "sequence % 3 = 0 AND sequence <= 40");
        }

        seen.ShouldBe([.. Sequence(1, 15), .. Sequence(16, 40).Where(sequence => sequence % 3 != 0), .. Sequence(41, 44)]);
    }

    [Fact]
    public async Task GetMessages_CountedFromAnExpiredMessage_GoesOnFromItsPlace()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 9);
        var fifth = await MessageIdAsync(conversationId, 5);
        await _server.ExpireAsync(conversationId, "sequence = 5");

        Sequences(await startup.GetAsync($"/api/messages?conversationId={conversationId}&before={fifth}")).ShouldBe(Sequence(1, 4));
        Sequences(await startup.GetAsync($"/api/messages?conversationId={conversationId}&after={fifth}")).ShouldBe(Sequence(6, 9));
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task GetMessages_CountedFromAnUnknownOrForeignMessage_IsRejected(string direction)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var other = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var foreign = (await investor.SendAsync(other, "Elsewhere")).Expect(HttpStatusCode.Created).Id();

        var answers = new[]
        {
            await investor.GetAsync($"/api/messages?conversationId={conversationId}&{direction}={foreign}"),
            await investor.GetAsync($"/api/messages?conversationId={conversationId}&{direction}={Guid.CreateVersion7()}"),
        };

        foreach (var answer in answers)
            answer.ExpectError(HttpStatusCode.BadRequest, "message.invalid_cursor");

        answers[0].WithoutTrace().ShouldBe(answers[1].WithoutTrace());
    }

    [Fact]
    public async Task GetMessages_BothBeforeAndAfter_IsRejected()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created).Id();

        (await investor.GetAsync($"/api/messages?conversationId={conversationId}&before={id}&after={id}"))
            .FaultsOf("after")
            .ShouldBe(["page.ambiguous_cursor"]);
    }

    [Theory]
    [InlineData("before", "beforeSequence")]
    [InlineData("before", "afterSequence")]
    [InlineData("after", "beforeSequence")]
    [InlineData("after", "afterSequence")]
    [InlineData("beforeSequence", "afterSequence")]
    [InlineData("before", "around")]
    [InlineData("after", "around")]
    [InlineData("beforeSequence", "around")]
    [InlineData("afterSequence", "around")]
    public async Task GetMessages_WithTwoPlaces_IsRejected(string first, string second)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created).Id();
        var place = first.EndsWith("Sequence", StringComparison.Ordinal) ? "1" : id.ToString();

        (await investor.GetAsync($"/api/messages?conversationId={conversationId}&{first}={place}&{second}=1"))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(second).ShouldBe(["page.ambiguous_cursor"]);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("%2B5")]
    [InlineData("5.0")]
    [InlineData("0x5")]
    [InlineData("")]
    [InlineData("9223372036854775808")]
    public async Task GetMessages_WithASequenceThatIsNoWholeNumber_IsRejected(string sequence)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        foreach (var name in (string[])["beforeSequence", "afterSequence", "around"])
        {
            (await investor.GetAsync($"/api/messages?conversationId={conversationId}&{name}={sequence}"))
                .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf(name).Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task GetMessages_ByTheLargestSequence_IsAtTheEnd()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);

        Sequences(await investor.GetAsync($"/api/messages?conversationId={conversationId}&beforeSequence={long.MaxValue}"))
            .ShouldBe([1, 2, 3]);
        Sequences(await investor.GetAsync($"/api/messages?conversationId={conversationId}&afterSequence={long.MaxValue}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task GetMessages_WalkingForwardBySequencesWhileMessagesExpire_SeesNothingTwiceAndSkipsNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 40);
        var seen = new List<long>();
        var after = 0L;

        for (var hasMore = true; hasMore;)
        {
            var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=7&afterSequence={after}"))
                .Expect(HttpStatusCode.OK);
            seen.AddRange(Sequences(page));
            after = seen[^1];
            hasMore = page.Body.GetProperty("page").GetProperty("hasMoreAfter").GetBoolean();
            if (after == 14)
                await _server.ExpireAsync(conversationId, "sequence % 3 = 0");
        }

        seen.ShouldBe([.. Sequence(1, 14), .. Sequence(15, 40).Where(sequence => sequence % 3 != 0)]);
    }

    [Fact]
    public async Task GetMessages_BySequenceOfAnothersConversation_IsNotFound()
    {
        var (_, _, conversationId) = await _server.RegisterPairAsync();
        var nonParticipant = await _server.RegisterInvestorAsync();

        (await nonParticipant.GetAsync($"/api/messages?conversationId={conversationId}&afterSequence=0"))
            .ExpectError(HttpStatusCode.NotFound, "conversation.not_found");
    }

    [Theory]
    [InlineData(null, null, 10, "1-10", false, false)]
    [InlineData(null, null, 9, "2-10", true, false)]
    [InlineData("before", 5, 2, "3-4", true, true)]
    [InlineData("before", 3, 2, "1-2", false, true)]
    [InlineData("before", 1, 2, "", false, true)]
    [InlineData("after", 2, 2, "3-4", true, true)]
    [InlineData("after", 8, 5, "9-10", true, false)]
    [InlineData("after", 8, 2, "9-10", true, false)]
    [InlineData("after", 10, 5, "", true, false)]
    [InlineData("before", 7, 2, "5-6", false, true, "sequence <= 4")]
    [InlineData("before", 8, 2, "6-7", true, false, "sequence >= 8")]
    [InlineData("before", 8, 2, "6-7", true, true, "sequence IN (8, 9)")]
    [InlineData("after", 4, 2, "5-6", false, true, "sequence <= 4")]
    [InlineData("after", 6, 2, "7-8", true, false, "sequence >= 9")]
    [InlineData(null, null, 5, "", false, false, "true")]
    [InlineData("before", 5, 5, "", false, false, "true")]
    [InlineData("beforeSequence", 5, 2, "3-4", true, true)]
    [InlineData("beforeSequence", 3, 2, "1-2", false, true)]
    [InlineData("beforeSequence", 1, 2, "", false, true)]
    [InlineData("beforeSequence", 0, 2, "", false, true)]
    [InlineData("beforeSequence", 11, 5, "6-10", true, false)]
    [InlineData("beforeSequence", 12, 5, "6-10", true, false)]
    [InlineData("beforeSequence", int.MaxValue, 5, "6-10", true, false)]
    [InlineData("afterSequence", 0, 2, "1-2", false, true)]
    [InlineData("afterSequence", 2, 2, "3-4", true, true)]
    [InlineData("afterSequence", 8, 2, "9-10", true, false)]
    [InlineData("afterSequence", 10, 5, "", true, false)]
    [InlineData("afterSequence", 11, 5, "", true, false)]
    [InlineData("afterSequence", int.MaxValue, 5, "", true, false)]
    [InlineData("beforeSequence", 7, 2, "5-6", false, true, "sequence <= 4")]
    [InlineData("beforeSequence", 8, 2, "6-7", true, false, "sequence >= 8")]
    [InlineData("afterSequence", 4, 2, "5-6", false, true, "sequence <= 4")]
    [InlineData("afterSequence", 4, 2, "6-7", true, true, "sequence = 5")]
    [InlineData("afterSequence", 0, 5, "", false, false, "true")]
    public async Task GetMessages_AtAnyPlace_SaysWhetherThereIsMore(
        string? direction, int? from, int limit, string expected, bool moreBefore, bool moreAfter, string? expired = null)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 10);
        var query = from is not { } sequence
            ? ""
            : direction is "before" or "after"
            ? $"&{direction}={await MessageIdAsync(conversationId, sequence)}"
            : $"&{direction}={sequence}";
        if (expired is not null)
            await _server.ExpireAsync(conversationId, expired);

        var answer = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit={limit}{query}"))
            .Expect(HttpStatusCode.OK);

        var page = answer.Body.GetProperty("page");
        var sequences = Sequences(answer);
        (sequences.Count == 0 ? "" : $"{sequences[0]}-{sequences[^1]}").ShouldBe(expected);
        page.GetProperty("hasMoreBefore").GetBoolean().ShouldBe(moreBefore);
        page.GetProperty("hasMoreAfter").GetBoolean().ShouldBe(moreAfter);
        Number(page, "oldestSequence").ShouldBe(sequences.Count == 0 ? null : sequences[0]);
        Number(page, "newestSequence").ShouldBe(sequences.Count == 0 ? null : sequences[^1]);
    }

    private static long? Number(JsonElement element, string member) =>
        element.GetProperty(member) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : null;

    private static IReadOnlyList<long> Sequences(Answer page) =>
        [.. page.Expect(HttpStatusCode.OK).Data.EnumerateArray().Select(message => message.Sequence())];

    private static IEnumerable<long> Sequence(int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(sequence => (long)sequence);

    private Task<Guid> MessageIdAsync(Guid conversationId, long sequence) =>
        _server.QueryAsync<Guid>($"SELECT id FROM messages WHERE conversation_id = '{conversationId}' AND sequence = {sequence}");
}
