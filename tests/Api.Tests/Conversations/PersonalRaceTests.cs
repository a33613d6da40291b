using System.Net;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Conversations;

/// <summary>Tests what users do with conversations for themselves while messages arrive, and at the limits.</summary>
public sealed class PersonalRaceTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    /// <summary>A message that arrives while its recipient clears is not among those that the recipient has seen, so it stays.</summary>
    [Fact]
    public async Task ClearConversation_WhileMessagesArrive_ClearsWhatTheUserSawAndKeepsTheOthers()
    {
        const int Seen = 5;
        const int Arriving = 30;
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await AllowAsync(startup);
        await _server.FillAsync(conversationId, startup.Id, Seen);

        var sending = Task.WhenAll(Enumerable.Range(1, Arriving).Select(number => startup.SendAsync(conversationId, $"Arriving {number}")));
        var clearing = Task.WhenAll(Enumerable.Range(0, 10).Select(
            _ => investor.PostAsync(Path(conversationId, "clear"), new { throughSequence = Seen })));

        (await sending).ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        foreach (var cleared in await clearing)
            cleared.Expect(HttpStatusCode.OK).Data.GetProperty("clearedThrough").GetInt64().ShouldBe(Seen);
        (await SequencesAsync(investor, conversationId)).ShouldBe(Enumerable.Range(Seen + 1, Arriving).Select(number => (long)number));
        (await SequencesAsync(startup, conversationId)).Count.ShouldBe(Seen + Arriving);
        var conversation = (await investor.GetAsync($"/api/conversations/{conversationId}")).Data;
        conversation.GetProperty("unreadCount").GetInt32().ShouldBe(Arriving);
        conversation.GetProperty("personal").GetProperty("revision").GetInt64().ShouldBe(1);
    }

    /// <summary>A number beyond the newest message means all that there are, and never messages that arrive later.</summary>
    [Fact]
    public async Task ClearConversation_BeyondTheNewestWhileMessagesArrive_KeepsThoseThatFollow()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await AllowAsync(startup);

        var sending = Task.WhenAll(Enumerable.Range(1, 30).Select(number => startup.SendAsync(conversationId, $"Arriving {number}")));
        var through = new List<long>();
        while (!sending.IsCompleted)
        {
            through.Add((await investor.PostAsync(Path(conversationId, "clear"), new { throughSequence = long.MaxValue })).Expect(HttpStatusCode.OK)
                .Data.GetProperty("clearedThrough").GetInt64());
        }

        (await sending).ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        through.ShouldBe(through.Order());
        (await SequencesAsync(investor, conversationId)).ShouldBe(Enumerable.Range(1, 30).Select(number => (long)number).Where(number => number > through[^1]));
        (await startup.SendAsync(conversationId, "Afterwards")).Expect(HttpStatusCode.Created);
        (await SequencesAsync(investor, conversationId))[^1].ShouldBe(31);
    }

    /// <summary>The user has seen the first message, and the second one arrives before or after the request.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ArchiveConversation_BeforeOrAfterTheNextMessage_EndsInTheInboxWithIt(bool isFirst)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await startup.SendAsync(conversationId, "Seen")).Expect(HttpStatusCode.Created);
        if (!isFirst)
            (await startup.SendAsync(conversationId, "New")).Expect(HttpStatusCode.Created);

        (await investor.PutAsync(Path(conversationId, "archive"), new { throughSequence = 1 })).Expect(HttpStatusCode.OK)
            .Data.GetProperty("archived").GetBoolean().ShouldBe(isFirst);
        if (isFirst)
            (await startup.SendAsync(conversationId, "New")).Expect(HttpStatusCode.Created);

        (await ListAsync(investor, "inbox")).ShouldBe([conversationId]);
        (await ListAsync(investor, "archived")).ShouldBeEmpty();
    }

    [Fact]
    public async Task ArchiveConversation_InParallelWithTheNextMessage_EndsInTheInboxWithIt()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await AllowAsync(startup);
        for (var sequence = 1; sequence <= 15; sequence++)
        {
            (await startup.SendAsync(conversationId, "Seen")).Expect(HttpStatusCode.Created);
            var seen = (2 * sequence) - 1;

            var archiving = investor.PutAsync(Path(conversationId, "archive"), new { throughSequence = seen });
            (await startup.SendAsync(conversationId, "New")).Expect(HttpStatusCode.Created);
            (await archiving).Expect(HttpStatusCode.OK);

            (await ListAsync(investor, "inbox")).ShouldBe([conversationId]);
            (await investor.PutAsync(Path(conversationId, "archive"), new { throughSequence = seen + 1 })).Expect(HttpStatusCode.OK);
            (await ListAsync(investor, "inbox")).ShouldBeEmpty();
        }
    }

    /// <summary>Every conversation that is in a list all the time is on a page, and none is on two.</summary>
    [Fact]
    public async Task ListConversations_WalkedWhileConversationsAreArchived_MeetsEveryOtherOnce()
    {
        const int Conversations = 40;
        var investor = await _server.RegisterInvestorAsync();
        var startups = new List<TestUser>();
        var ids = new List<Guid>();
        for (var number = 0; number < Conversations; number++)
        {
            startups.Add(await _server.RegisterStartupAsync());
            ids.Add(await investor.ConversationWithAsync(startups[^1]));
            (await startups[^1].SendAsync(ids[^1], "Hello")).Expect(HttpStatusCode.Created);
        }

        var moved = ids.Where((_, number) => number % 3 == 0).ToList();
        var archiving = ArchiveAsync();
        var (inbox, all) = (new List<Guid>(), new List<Guid>());
        do
        {
            inbox = await WalkAsync("inbox");
            all = await WalkAsync("all");

            inbox.ShouldBeUnique();
            ids.Except(moved).ShouldBeSubsetOf(inbox);
            all.ShouldBe(Enumerable.Reverse(ids));
        }
        while (!archiving.IsCompleted);

        await archiving;
        (await WalkAsync("inbox")).ShouldBe(Enumerable.Reverse(ids).Except(moved));
        (await WalkAsync("archived")).ShouldBe(Enumerable.Reverse(moved));

        async Task ArchiveAsync()
        {
            foreach (var id in moved)
                (await investor.PutAsync(Path(id, "archive"), new { throughSequence = 1 })).Expect(HttpStatusCode.OK);
        }

        async Task<List<Guid>> WalkAsync(string filter)
        {
            var met = new List<Guid>();
            for (var query = ""; query is not null;)
            {
                var page = (await investor.GetAsync($"/api/conversations?filter={filter}&limit=4{query}")).Expect(HttpStatusCode.OK);
                met.AddRange(page.Data.EnumerateArray().Select(one => one.Id()));
                query = page.NextCursor() is { } cursor ? $"&cursor={Uri.EscapeDataString(cursor)}" : null;
            }

            return met;
        }
    }

    [Fact]
    public async Task PinConversation_HundredTimesInParallelAtTheLimit_PinsTen()
    {
        const int Conversations = 20;
        var investor = await _server.RegisterInvestorAsync();
        var ids = new List<Guid>();
        for (var number = 0; number < Conversations; number++)
            ids.Add(await investor.ConversationWithAsync(await _server.RegisterStartupAsync()));
        foreach (var id in ids.Take(5))
            (await investor.PutAsync(Path(id, "pin"))).Expect(HttpStatusCode.OK);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => investor.PutAsync(Path(ids[number % Conversations], "pin"))));

        foreach (var rejected in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            rejected.ExpectError(HttpStatusCode.Conflict, "conversation.too_many_pinned");
        var pinned = await ListAsync(investor, "pinned");
        pinned.Count.ShouldBe(10);
        ids.Take(5).ShouldBeSubsetOf(pinned);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM participants WHERE user_id = '{investor.Id}' AND personal_revision = 1 AND pinned_at IS NOT NULL"))
            .ShouldBe(10, "a repetition changes nothing");
    }

    [Fact]
    public async Task HideMessages_UpToTheLimitAndBeyond_AreAcceptedAndThenRejected()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.FillAsync(conversationId, startup.Id, Participant.HiddenMax + 1);
        var ids = await _server.QueryAsync<Guid[]>($"SELECT array_agg(id ORDER BY sequence) FROM messages WHERE conversation_id = '{conversationId}'");
        foreach (var chunk in ids.Take(Participant.HiddenMax).Chunk(100))
            (await HideAsync(chunk)).Expect(HttpStatusCode.OK).Data.GetProperty("hidden").GetInt32().ShouldBe(100);

        (await HideAsync([ids[^1]])).ExpectError(HttpStatusCode.Conflict, "conversation.too_many_hidden");
        (await HideAsync(ids[..100])).Expect(HttpStatusCode.OK).Data.GetProperty("hidden").GetInt32().ShouldBe(0, "they are hidden already");
        var found = await investor.GetAsync($"/api/messages/lookup?conversationId={conversationId}&sequences=1,{Participant.HiddenMax},{Participant.HiddenMax + 1}");
        found.Expect(HttpStatusCode.OK).Data.EnumerateArray().ShouldHaveSingleItem().Sequence().ShouldBe(Participant.HiddenMax + 1);

        (await SequencesAsync(investor, conversationId)).ShouldBe([Participant.HiddenMax + 1]);

        // A cleared message does not count as hidden.
        (await investor.PostAsync(Path(conversationId, "clear"), new { throughSequence = Participant.HiddenMax })).Expect(HttpStatusCode.OK);
        (await HideAsync([ids[^1]])).Expect(HttpStatusCode.OK).Data.GetProperty("hidden").GetInt32().ShouldBe(1);
        (await SequencesAsync(investor, conversationId)).ShouldBeEmpty();

        Task<Answer> HideAsync(IReadOnlyList<Guid> messageIds) => investor.PostAsync("/api/messages/hide", new { conversationId, messageIds });
    }

    private static string Path(Guid conversationId, string what) => $"/api/conversations/{conversationId}/{what}";

    private static async Task<IReadOnlyList<long>> SequencesAsync(TestUser user, Guid conversationId) =>
    [
        .. (await user.GetAsync($"/api/messages?conversationId={conversationId}&limit=100")).Expect(HttpStatusCode.OK)
            .Data.EnumerateArray().Select(message => message.Sequence()),
    ];

    private static async Task<IReadOnlyList<Guid>> ListAsync(TestUser user, string filter) =>
        [.. (await user.GetAsync($"/api/conversations?filter={filter}")).Expect(HttpStatusCode.OK).Data.EnumerateArray().Select(one => one.Id())];

    private Task<int> AllowAsync(TestUser user) =>
        _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 1000 WHERE user_id = '{user.Id}'");
}
