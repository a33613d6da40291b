using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class MarkReadTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task MarkRead_WithoutIds_MarksTheOthersMessagesAndARepetitionNone()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SendAsync(investor, conversationId, 3);
        await SendAsync(startup, conversationId, 2);

        var marked = (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);

        marked.Text.ShouldBe("""{"success":true,"data":{"messagesMarked":3,"lastReadSequence":5}}""");
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK)
            .Text.ShouldBe("""{"success":true,"data":{"messagesMarked":0,"lastReadSequence":5}}""");
    }

    [Fact]
    public async Task MarkRead_WithIds_MarksUpToTheNewestOfThem()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var ids = await SendAsync(investor, conversationId, 5);

        await ShouldMarkAsync(startup, conversationId, [ids[3], ids[1], ids[1]], marked: 4, pointer: 4);
        await ShouldMarkAsync(startup, conversationId, [ids[0]], marked: 0, pointer: 4);
        await ShouldMarkAsync(startup, conversationId, [ids[4]], marked: 1, pointer: 5);
        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("unreadCount").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task MarkRead_WithAForeignOrUnknownId_IsNotFoundAndMarksNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var own = await SendAsync(investor, conversationId, 2);
        var elsewhere = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var foreign = await SendAsync(investor, elsewhere, 1);

        foreach (var id in new[] { foreign[0], Guid.CreateVersion7() })
        {
            (await MarkAsync(startup, conversationId, [own[1], id])).ExpectError(HttpStatusCode.NotFound, "message.not_found");
            (await MarkAsync(startup, conversationId, [id])).ExpectError(HttpStatusCode.NotFound, "message.not_found");
        }

        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("unreadCount").GetInt32().ShouldBe(2);
        (await startup.MarkReadAsync(conversationId)).Data.GetProperty("messagesMarked").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task MarkRead_WithUpTo500Ids_IsAcceptedAndOneMoreOrNoneIsRejected()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 501);
        var ids = (
            await _server.QueryAsync<Guid[]>(
                $"SELECT array_agg(id ORDER BY sequence) FROM messages WHERE conversation_id = '{conversationId}'")).ToList();

        (await MarkAsync(startup, conversationId, ids)).FaultsOf("messageIds").ShouldBe(["message.ids_out_of_range"]);
        (await MarkAsync(startup, conversationId, [])).FaultsOf("messageIds").ShouldBe(["message.ids_out_of_range"]);
        await ShouldMarkAsync(startup, conversationId, ids[..500], marked: 500, pointer: 500);
    }

    [Fact]
    public async Task MarkRead_AgainAndAgain_KeepsTheTimeOfTheFirstMarkThatReachedAMessage()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var start = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        server.Clock.FreezeAt(start);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var ids = await SendAsync(investor, conversationId, 3);
        await ShouldHaveReceiptsAsync(null, null, null);

        server.Clock.FreezeAt(start.AddMinutes(1));
        await ShouldMarkAsync(startup, conversationId, [ids[1]], marked: 2, pointer: 2);
        await ShouldHaveReceiptsAsync(start.AddMinutes(1), start.AddMinutes(1), null);

        server.Clock.FreezeAt(start.AddMinutes(2));
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        (await startup.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        await ShouldHaveReceiptsAsync(start.AddMinutes(1), start.AddMinutes(1), start.AddMinutes(2));

        async Task ShouldHaveReceiptsAsync(params DateTimeOffset?[] readAt)
        {
            foreach (var viewer in new[] { investor, startup })
            {
                var page = (await viewer.GetAsync($"/api/messages?conversationId={conversationId}"))
                    .Expect(HttpStatusCode.OK).Data.EnumerateArray()
                    .ToList();
                page.Select(ReadAt).ShouldBe(readAt);
                page.Select(message => message.GetProperty("isRead").GetBoolean()).ShouldBe(readAt.Select(instant => instant is not null));
            }
        }
    }

    [Fact]
    public async Task MarkRead_ByTheSender_ReadsNoneOfTheirOwn()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SendAsync(investor, conversationId, 2);

        (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK).Data.GetProperty("messagesMarked").GetInt32().ShouldBe(0);

        (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Data.EnumerateArray()
            .ShouldAllBe(message => !message.GetProperty("isRead").GetBoolean());
    }

    [Fact]
    public async Task MarkRead_Sending_MarksNothingOfTheOther()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SendAsync(investor, conversationId, 2);

        await SendAsync(startup, conversationId, 1);

        (await startup.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("unreadCount").GetInt32().ShouldBe(2);
        (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Data[0]
            .GetProperty("isRead")
            .GetBoolean()
            .ShouldBeFalse();
    }

    /// <summary>Tests the lock of the reader's row: without it, the request loads the read pointer before the other transaction moves it.</summary>
    [Fact]
    public async Task MarkRead_WhileAnotherTransactionMarks_WaitsForItAndMarksNothingAgain()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Read elsewhere")).Expect(HttpStatusCode.Created);
        await using var elsewhere = await LockHolder.HoldAsync(
            _server,
            $"UPDATE participants SET last_read_sequence = 1 WHERE conversation_id = '{conversationId}' AND user_id = '{startup.Id}'");

        var marking = startup.MarkReadAsync(conversationId);
        await Eventually.TrueAsync(async () => await elsewhere.BlocksAsync() == 1, "It does not wait for the other transaction.");
        await elsewhere.ExecuteAsync("COMMIT");

        (await marking).Expect(HttpStatusCode.OK).Data.GetProperty("messagesMarked").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task MarkRead_InParallel_MarksEachMessageOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await SendAsync(investor, conversationId, 5);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => startup.MarkReadAsync(conversationId)));

        answers.Sum(answer => answer.Expect(HttpStatusCode.OK).Data.GetProperty("messagesMarked").GetInt32()).ShouldBe(5);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM read_marks WHERE conversation_id = '{conversationId}'")).ShouldBe(1);
    }

    /// <summary>Tests that the count and the pointer are of the same moment: a message that arrives in between counts the next time.</summary>
    [Fact]
    public async Task MarkRead_OfEverythingWhileMessagesArrive_CountsEachMessageOnce()
    {
        const int Sends = 150;
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Limits:UserBurst"] = "100000", ["Quota:DailyFreeLimit"] = $"{Sends}" });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        var sending = Task.Run(() => SendAsync(investor, conversationId, Sends), TestContext.Current.CancellationToken);
        var marked = 0;
        while (!sending.IsCompleted)
            marked += await MarkAsync();

        await sending;
        marked += await MarkAsync();

        marked.ShouldBe(Sends);

        async Task<int> MarkAsync()
        {
            var answers = await Task.WhenAll(startup.MarkReadAsync(conversationId), startup.MarkReadAsync(conversationId));

            return answers.Sum(answer => answer.Expect(HttpStatusCode.OK).Data.GetProperty("messagesMarked").GetInt32());
        }
    }

    [Fact]
    public async Task MarkRead_UpToAnExpiredMessage_MovesThePointerAndCountsTheVisible()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var ids = await SendAsync(investor, conversationId, 3);
        await _server.ExpireAsync(conversationId, "sequence = 2");

        await ShouldMarkAsync(startup, conversationId, [ids[1]], marked: 1, pointer: 2);
    }

    private static DateTimeOffset? ReadAt(JsonElement message) =>
        message.GetProperty("readAt") is { ValueKind: JsonValueKind.String } instant ? instant.GetDateTimeOffset() : null;

    private static Task<Answer> MarkAsync(TestUser reader, Guid conversationId, IReadOnlyList<Guid> messageIds) =>
        reader.PostAsync("/api/messages/read", new { conversationId, messageIds });

    private static async Task ShouldMarkAsync(
        TestUser reader, Guid conversationId, IReadOnlyList<Guid> messageIds, int marked, long pointer)
    {
        var answer = (await MarkAsync(reader, conversationId, messageIds)).Expect(HttpStatusCode.OK);
        answer.Data.GetProperty("messagesMarked").GetInt32().ShouldBe(marked);
        answer.Data.GetProperty("lastReadSequence").GetInt64().ShouldBe(pointer);
    }

    private static async Task<IReadOnlyList<Guid>> SendAsync(TestUser sender, Guid conversationId, int count)
    {
        var ids = new List<Guid>();
        foreach (var number in Enumerable.Range(1, count))
            ids.Add((await sender.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created).Id());

        return ids;
    }
}
