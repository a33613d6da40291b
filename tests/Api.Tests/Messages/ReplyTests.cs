using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages;

public sealed class ReplyTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SendMessage_AsAReply_IsTheSameInEveryResponseAndEvent()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Question")).Expect(HttpStatusCode.Created).Data.GetProperty("replyToSequence").ValueKind
            .ShouldBe(JsonValueKind.Null);
        await using var connection = await investor.ConnectAsync();
        await connection.JoinAsync(conversationId);

        var reply = (await ReplyAsync(startup, conversationId, "Answer", 1)).Expect(HttpStatusCode.Created).Data;

        reply.GetProperty("replyToSequence").GetInt64().ShouldBe(1);
        reply.GetProperty("content").GetString().ShouldBe("Answer");
        var live = await connection.NextAsync("NewMessage");
        live.GetProperty("message").GetRawText().ShouldBe(reply.GetRawText());
        var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}&limit=1")).Expect(HttpStatusCode.OK);
        page.Data[0].GetRawText().ShouldBe(reply.GetRawText());
        page.Body.GetProperty("quoted")[0].Content().ShouldBe("Question");
        (await investor.GetAsync($"/api/conversations/{conversationId}")).Data.GetProperty("lastMessage").GetRawText().ShouldBe(reply.GetRawText());
        var synced = await investor.PostAsync("/api/sync", new { conversations = new[] { new { conversationId, sinceRevision = 1 } } });
        synced.Data.GetProperty("conversations")[0].GetProperty("messages")[0].GetRawText().ShouldBe(reply.GetRawText());
    }

    [Theory]
    [InlineData(1, HttpStatusCode.Created)]
    [InlineData(3, HttpStatusCode.Created)]
    [InlineData(4, HttpStatusCode.BadRequest)]
    [InlineData(long.MaxValue, HttpStatusCode.BadRequest)]
    public async Task SendMessage_AsAReply_MustNameASequenceUpToTheNewest(long sequence, HttpStatusCode status)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);

        var sent = await ReplyAsync(investor, conversationId, "Reply", sequence);

        if (status == HttpStatusCode.Created)
            sent.Expect(status).Data.GetProperty("replyToSequence").GetInt64().ShouldBe(sequence);
        else
            sent.ExpectError(status, "message.reply_out_of_range");
        (await _server.QueryAsync<long>($"SELECT last_sequence FROM conversations WHERE id = '{conversationId}'"))
            .ShouldBe(status == HttpStatusCode.Created ? 4 : 3);
        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(status == HttpStatusCode.Created ? 1 : 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public async Task SendMessage_AsAReplyToLessThanTheFirst_IsInvalid(long sequence)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();

        (await ReplyAsync(investor, conversationId, "Reply", sequence))
            .ExpectError(HttpStatusCode.BadRequest, "validation.failed").FaultsOf("replyToSequence").ShouldBe(["message.reply_out_of_range"]);
    }

    /// <summary>Tests that the check does not use an outdated cached row: the newest message was stored without this server's knowledge.</summary>
    [Fact]
    public async Task SendMessage_AsAReplyToAMessageThatTheCacheDoesNotHave_IsAccepted()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Cached")).Expect(HttpStatusCode.Created);
        await _server.FillAsync(conversationId, startup.Id, 5);

        (await ReplyAsync(investor, conversationId, "Reply", 6)).Expect(HttpStatusCode.Created).Data.Sequence().ShouldBe(7);
    }

    [Fact]
    public async Task SendMessage_AgainWithAnotherReply_IsAnotherRequest()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);
        var clientMessageId = Guid.CreateVersion7();
        var first = (await SendAsync(2)).Expect(HttpStatusCode.Created);

        (await SendAsync(2)).Expect(HttpStatusCode.OK).Data.GetRawText().ShouldBe(first.Data.GetRawText());
        foreach (var other in new object[] { 1, 3 })
            (await SendAsync(other)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        (await investor.SendAsync(conversationId, "Reply", clientMessageId)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");

        // The repetition is recognized after an edit and after the deletion, too.
        (await investor.EditAsync(first.Data.Id(), "Edited", 0)).Expect(HttpStatusCode.OK);
        (await SendAsync(2)).Expect(HttpStatusCode.OK).Data.Content().ShouldBe("Edited");
        (await SendAsync(1)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");
        (await investor.DeleteMessageAsync(first.Data.Id())).Expect(HttpStatusCode.OK);
        (await SendAsync(2)).Expect(HttpStatusCode.OK).Data.GetProperty("replyToSequence").GetInt64().ShouldBe(2);
        (await SendAsync(3)).ExpectError(HttpStatusCode.UnprocessableEntity, "message.client_id_reused");

        Task<Answer> SendAsync(object replyToSequence) =>
            investor.PostAsync("/api/messages/send", new { conversationId, content = "Reply", clientMessageId, replyToSequence });
    }

    [Fact]
    public async Task SendMessage_AsAReplyToAnExpiredOrDeletedMessage_IsAccepted()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Expired")).Expect(HttpStatusCode.Created);
        var deleted = (await startup.SendAsync(conversationId, "Deleted")).Expect(HttpStatusCode.Created).Data.Id();
        await _server.ExpireAsync(conversationId, "sequence = 1");
        (await startup.DeleteMessageAsync(deleted)).Expect(HttpStatusCode.OK);

        (await ReplyAsync(investor, conversationId, "To the expired one", 1)).Expect(HttpStatusCode.Created);
        (await ReplyAsync(investor, conversationId, "To the deleted one", 2)).Expect(HttpStatusCode.Created);

        (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Body.GetProperty("quoted").GetArrayLength().ShouldBe(0);
    }

    /// <summary>Tests replies to the newest message while it is deleted: every reply is stored, and the numbers stay dense.</summary>
    [Fact]
    public async Task SendMessage_AsAReplyWhileTheQuotedOneIsDeleted_IsAcceptedInEitherOrder()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        for (var round = 0; round < 8; round++)
        {
            var quoted = (await startup.SendAsync(conversationId, $"Secret {round}")).Expect(HttpStatusCode.Created).Data;

            var answers = await Task.WhenAll(
                ReplyAsync(investor, conversationId, "Reply", quoted.Sequence()),
                startup.DeleteMessageAsync(quoted.Id()),
                ReplyAsync(startup, conversationId, "Own reply", quoted.Sequence()));

            answers.Select(answer => answer.Status).ShouldBe([HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.Created]);
        }

        (await _server.QueryAsync<string>(
            $"SELECT concat(count(*), ' ', max(sequence), ' ', count(DISTINCT revision)) FROM messages WHERE conversation_id = '{conversationId}'"))
            .ShouldBe("24 24 24");
        var page = await investor.GetAsync($"/api/messages?conversationId={conversationId}");
        page.Data.GetArrayLength().ShouldBe(16);
        page.Body.GetProperty("quoted").GetArrayLength().ShouldBe(0);
        page.Text.ShouldNotContain("Secret");
    }

    [Fact]
    public async Task SendMessage_AsAReplyByANonParticipant_IsNotFoundForAnySequence()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);
        var nonParticipant = await _server.RegisterInvestorAsync();

        var answers = new List<string>();
        foreach (var sequence in new long[] { 1, 3, 4, 1_000 })
            answers.Add((await ReplyAsync(nonParticipant, conversationId, "Reply", sequence)).ExpectError(HttpStatusCode.NotFound, "conversation.not_found").WithoutTrace());

        answers.Distinct().Count().ShouldBe(1);
    }

    /// <summary>Tests that the text of a quoted message is stored in one row of one table, so that nothing else has to be erased.</summary>
    [Fact]
    public async Task SendMessage_AsAReply_CopiesNothingOfTheQuotedMessage()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var secret = $"Secret {Guid.CreateVersion7()}";
        var quoted = (await startup.SendAsync(conversationId, secret)).Expect(HttpStatusCode.Created).Data;
        await using var connection = await startup.ConnectAsync();
        await connection.JoinAsync(conversationId);
        foreach (var number in Enumerable.Range(1, 5))
            (await ReplyAsync(investor, conversationId, $"Reply {number}", 1)).Expect(HttpStatusCode.Created).Text.ShouldNotContain(secret);
        for (var number = 1; number <= 5; number++)
            (await connection.NextAsync("NewMessage")).GetRawText().ShouldNotContain(secret);

        (await FoundInAsync(secret)).ShouldBe(EncryptedRun.IsOn ? [] : ["messages 1"]);
        (await FoundInAsync(quoted.Id().ToString())).ShouldBe(["messages 1"]);
        (await startup.DeleteMessageAsync(quoted.Id())).Expect(HttpStatusCode.OK);
        (await FoundInAsync(secret)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Table_OfMessages_RejectsAReplyToItselfOrALaterOne()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, investor.Id, 3);

        foreach (var (own, quoted) in new[] { (1, 1), (2, 2), (2, 3), (3, 0), (3, -1) })
        {
            await Should.ThrowAsync<Npgsql.PostgresException>(() => _server.ExecuteAsync(
                $"UPDATE messages SET reply_to_sequence = {quoted} WHERE conversation_id = '{conversationId}' AND sequence = {own}"));
        }

        (await _server.QueryAsync<bool>("SELECT convalidated FROM pg_constraint WHERE conname = 'ck_messages_reply_to_sequence'")).ShouldBeTrue();
    }

    internal static Task<Answer> ReplyAsync(TestUser user, Guid conversationId, string content, long replyToSequence) =>
        user.PostAsync("/api/messages/send", new { conversationId, content, replyToSequence });

    /// <summary>Returns the tables of the database with the number of their rows that contain a text.</summary>
    private async Task<IReadOnlyList<string>> FoundInAsync(string text)
    {
        var found = new List<string>();
        var tables = await _server.QueryAsync<string>("SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'");
        tables.Split(',').Length.ShouldBeGreaterThan(8);
        foreach (var table in tables.Split(','))
        {
            var rows = await _server.QueryAsync<long>($"SELECT count(*) FROM \"{table}\" AS one WHERE one::text LIKE '%{text}%'");
            if (rows > 0)
                found.Add($"{table} {rows}");
        }

        return found;
    }
}
