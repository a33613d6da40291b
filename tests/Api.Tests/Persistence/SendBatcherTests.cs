using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests that concurrent sends are stored in one batch, and that each gets the response that it would get outside a batch.
/// </summary>
public sealed class SendBatcherTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int BatchedSends = 40;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task Sends_ThatWaitForABatch_ShareOneCommit()
    {
        var pairs = await PairsAsync(BatchedSends);

        var sends = await SendWhileBusyAsync([.. pairs.Select(pair => (pair.Investor, pair.ConversationId))]);

        sends.ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        (await TransactionsAsync(pairs.Select(pair => pair.ConversationId))).ShouldBe(1);
    }

    [Fact]
    public async Task Sends_OfOneUserInABatch_AreFreeUpToTheLimitThenPaidThenRejected()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 150);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());

        var answers = await SendWhileBusyAsync([.. Enumerable.Repeat((investor, conversationId), BatchedSends)]);

        answers.Count(answer => answer.Status == HttpStatusCode.Created && answer.Points() == 0).ShouldBe(20);
        answers.Count(answer => answer.Status == HttpStatusCode.Created && answer.Points() == 10).ShouldBe(15);
        answers.Count(answer => answer.Status == HttpStatusCode.PaymentRequired).ShouldBe(5);
        (await TransactionsAsync([conversationId]))
            .ShouldBe(3, "A batch contains at most 16 sends of one user, so there are batches of 16, 16 and 8.");
        (await investor.BalanceAsync()).ShouldBe(0);
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task Sends_WithOneClientMessageIdInABatch_StoreOneMessage()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var clientMessageId = Guid.CreateVersion7();

        var answers = await WhileBusyAsync(
            Enumerable.Range(0, BatchedSends)
                .Select<int, Func<Task<Answer>>>(_ => () => investor.SendAsync(conversationId, "Once", clientMessageId)));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(BatchedSends - 1);
        answers.Select(answer => answer.Data.Id()).Distinct().Count().ShouldBe(1);
        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Sends_InABatchWithOneOfANonParticipant_AreAcceptedWhileThatIsNotFound()
    {
        var pairs = await PairsAsync(5);
        var nonParticipant = await _server.RegisterInvestorAsync();

        var answers = await SendWhileBusyAsync([.. pairs.Select(pair => (pair.Investor, pair.ConversationId)), (nonParticipant, pairs[0].ConversationId), (nonParticipant, Guid.CreateVersion7())]);

        answers.Take(5).ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        answers.Skip(5).ShouldAllBe(answer => answer.Status == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Sends_InABatchWithOneWhoseRowIsLocked_DoNotWaitForIt()
    {
        var pairs = await PairsAsync(6);
        var held = pairs[0];
        await using var holder = await LockHolder.HoldAsync(
            _server, $"SELECT 1 FROM conversations WHERE id = '{held.ConversationId}' FOR UPDATE");

        Task<Answer>? waiting = null;
        var answers = await WhileBusyAsync(
        [
            () => waiting = held.Investor.SendAsync(held.ConversationId, "Waits"),
            .. pairs.Skip(1).Select<(TestUser Investor, Guid ConversationId), Func<Task<Answer>>>(
                pair => () => pair.Investor.SendAsync(pair.ConversationId, "Does not wait")),
        ],
        awaited: 1..);

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        waiting.ShouldNotBeNull().IsCompleted.ShouldBeFalse("It waits for its conversation.");
        await holder.DisposeAsync();
        (await waiting).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Sends_OfManyInOneConversation_ArePublishedInItsOrder()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var listener = await startup.ConnectAsync();
        await listener.JoinAsync(conversationId);

        await SendWhileBusyAsync([.. Enumerable.Range(0, 20).Select(number => (number % 2 == 0 ? investor : startup, conversationId))]);

        for (var sequence = 1; sequence <= 20; sequence++)
            (await listener.NextAsync("NewMessage")).GetProperty("message").Sequence().ShouldBe(sequence);
    }

    [Fact]
    public async Task Sends_BehindManyOfOneUser_JoinTheBatchOfTheFirstOfThem()
    {
        var (busy, _, busyConversation) = await _server.RegisterPairAsync();
        var (other, _, otherConversation) = await _server.RegisterPairAsync();

        List<Task<Answer>> sends;
        await using (await BusyAsync())
        {
            sends = [.. Enumerable.Range(0, SendBatcher.BatchMax).Select(_ => busy.SendAsync(busyConversation, "In front"))];
            await Eventually.TrueAsync(() => Queue.Waiting == SendBatcher.BatchMax, "The sends do not wait in the queue.");
            sends.Add(other.SendAsync(otherConversation, "Behind"));
            await Eventually.TrueAsync(() => Queue.Waiting == SendBatcher.BatchMax + 1, "The other send does not wait behind them.");
        }

        await Task.WhenAll(sends);
        (await _server.QueryAsync<long>(
            $"SELECT count(DISTINCT xmin::text) FROM messages WHERE conversation_id = '{otherConversation}' OR (conversation_id = '{busyConversation}' AND sequence <= 16)")).ShouldBe(1);
    }

    [LongFact]
    public async Task Sends_InABatchWithOneThatIsLate_AreStoredWhileThatTimesOut()
    {
        var (late, _, lateConversation) = await _server.RegisterPairAsync();
        var pairs = await PairsAsync(5);
        Task<Answer> lateSend;
        List<Task<Answer>> sends;
        await using (await BusyAsync())
        {
            lateSend = late.SendAsync(lateConversation, "Late");
            await Eventually.TrueAsync(() => Queue.Waiting == 1, "It waits.");
            await Task.Delay(DatabaseDeadline.UntilCommit - SendBatcher.MinimumTimeLeft, TestContext.Current.CancellationToken);
            sends = [.. pairs.Select(pair => pair.Investor.SendAsync(pair.ConversationId, "In time"))];
            await Eventually.TrueAsync(() => Queue.Waiting == 6, "The sends do not wait in the queue.");
        }

        (await Task.WhenAll(sends)).ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        var answer = await lateSend;
        answer.Expect(HttpStatusCode.ServiceUnavailable);
        answer.Body.GetProperty("code").GetString().ShouldBe("storage.unavailable");
    }

    [Fact]
    public async Task Sends_InABatchWithOneThatTheDatabaseRejects_AreStored()
    {
        Assert.SkipWhen(EncryptedRun.IsOn, EncryptedRun.NeedsPlainTexts);
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?>());
        await server.ExecuteAsync(
            """
            CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'rejected' USING ERRCODE = 'data_exception'; END $$;
            CREATE TRIGGER reject BEFORE INSERT ON messages FOR EACH ROW WHEN (new.content = 'Rejected') EXECUTE FUNCTION reject()
            """);
        var pairs = new List<(TestUser Investor, TestUser Startup, Guid ConversationId)>();
        for (var number = 0; number < 12; number++)
            pairs.Add(await server.RegisterPairAsync());

        var answers = await Task.WhenAll(
            pairs.Select((pair, number) => pair.Investor.SendAsync(pair.ConversationId, number % 4 == 3 ? "Rejected" : "Accepted")));

        for (var number = 0; number < answers.Length; number++)
            answers[number].Status.ShouldBe(number % 4 == 3 ? HttpStatusCode.InternalServerError : HttpStatusCode.Created);
        (await server.QueryAsync<long>("SELECT count(*) FROM messages")).ShouldBe(9);
    }

    [Fact]
    public async Task Sends_InABatchWithOneThatCannotBeDecided_AreStored()
    {
        var pairs = await PairsAsync(3);
        await _server.ExecuteAsync(
            $"""
            UPDATE message_quotas SET messages_sent_today = {int.MaxValue}, quota_date = '2999-12-31', points_per_message = 0
            WHERE user_id = '{pairs[1].Investor.Id}'
            """);

        var answers = await SendWhileBusyAsync(pairs);

        answers.Select(answer => answer.Status)
            .ShouldBe([HttpStatusCode.Created, HttpStatusCode.InternalServerError, HttpStatusCode.Created]);
    }

    [Fact]
    public async Task Sends_ThatConflictWithAnotherTransaction_AreStillStoredInOneBatch()
    {
        Assert.SkipWhen(EncryptedRun.IsOn, EncryptedRun.NeedsPlainTexts);
        await _server.ExecuteAsync(
            """
            CREATE SEQUENCE collisions;
            CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('collisions') = 1 THEN RAISE 'somebody was faster' USING ERRCODE = 'serialization_failure'; END IF;
                RETURN new;
            END $$;
            CREATE TRIGGER collide BEFORE INSERT ON messages FOR EACH ROW WHEN (new.content = 'Collides') EXECUTE FUNCTION collide()
            """);
        var pairs = await PairsAsync(BatchedSends);

        var answers = await WhileBusyAsync(pairs.Select<(TestUser Investor, Guid ConversationId), Func<Task<Answer>>>(
            pair => () => pair.Investor.SendAsync(pair.ConversationId, "Collides")));

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Created);
        (await _server.QueryAsync<long>("SELECT last_value FROM collisions")).ShouldBe(1 + BatchedSends);
        (await TransactionsAsync(pairs.Select(pair => pair.ConversationId))).ShouldBe(1);
    }

    [Fact]
    public async Task Sends_OfTwoInOneConversationOverTwoServers_AreStillBatched()
    {
        await using var other = await fixture.StartAnotherAsync(
            new Dictionary<string, string?>(), connectionString: _server.ConnectionString);
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await _server.ExecuteAsync(
            $"UPDATE message_quotas SET daily_free_limit = 10000 WHERE user_id IN ('{investor.Id}', '{startup.Id}')");
        TestUser[] senders = [investor, startup, other.As(investor), other.As(startup)];

        await Task.WhenAll(Enumerable.Range(0, 32).Select(async number =>
        {
            for (var sent = 0; sent < 15; sent++)
                (await senders[number % senders.Length].SendAsync(conversationId, "From both sides")).Expect(HttpStatusCode.Created);
        }));

        var messages = await _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'");
        messages.ShouldBe(32 * 15);
        (await TransactionsAsync([conversationId])).ShouldBeLessThan(messages / 2, "Sends that go alone need one each.");
        await _server.ShouldAddUpAsync();
    }

    [Fact]
    public async Task Sends_OfABatch_AreTracedApartWithALinkToEachRequest()
    {
        var traced = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MessagingTraces.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = traced.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var pairs = await PairsAsync(7);

        await SendWhileBusyAsync([.. pairs.Select(pair => (pair.Investor, pair.ConversationId))]);

        await Eventually.TrueAsync(() => traced.Any(activity => activity.Links.Count() == 7), "No activity for the batch was recorded.");
        var group = traced.First(activity => activity.Links.Count() == 7);
        group.ParentSpanId.ShouldBe(default);
        group.Links.Select(link => link.Context.TraceId).Append(group.TraceId).ShouldBeUnique();
        traced.ShouldContain(
            activity => !activity.Links.Any() && activity.ParentSpanId != default, "A batch of one send belongs to its request.");
    }

    [Fact]
    public async Task Send_GivenUpWhileItWaits_IsNotStored()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        using var canceled = new CancellationTokenSource();
        await using (await BusyAsync())
        {
            var sending = investor.Client.PostAsJsonAsync("/api/messages/send", new { conversationId, content = "Never mind" }, canceled.Token);
            await Eventually.TrueAsync(() => Queue.Waiting == 1, "It waits.");
            await canceled.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(sending);
            await Eventually.TrueAsync(() => Queue.Waiting == 0, "The canceled send was not removed from the queue.");
        }

        (await investor.SendAsync(conversationId, "But this")).Expect(HttpStatusCode.Created);
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["But this"]);
    }

    [Fact]
    public async Task Sends_WhileABatchRuns_WaitForItUnlessItIsSlow()
    {
        var source = _server.Services.GetRequiredKeyedService<NpgsqlDataSource>(PersistenceRegistration.Sends);
        var pairs = await PairsAsync(3);
        var sends = new List<Task<Answer>>();
        var held = new Busy();
        await using (held)
        {
            for (var number = 0; number < SendBatcher.BatchesAtOnce; number++)
                held.Connections.Add(await source.OpenConnectionAsync(TestContext.Current.CancellationToken));

            sends.Add(pairs[0].Investor.SendAsync(pairs[0].ConversationId, "First"));
            await Eventually.TrueAsync(() => Queue.RunningBatches == 1 && Queue.Waiting == 0, "The first batch did not start.");
            await Task.Delay(SendBatcher.SlowAfter * 2, TestContext.Current.CancellationToken);
            sends.Add(pairs[1].Investor.SendAsync(pairs[1].ConversationId, "The first is slow"));
            await Eventually.TrueAsync(() => Queue.RunningBatches == 2 && Queue.Waiting == 0, "The second batch waits for the first.");
            await Task.Delay(SendBatcher.SlowAfter * 2, TestContext.Current.CancellationToken);
            sends.Add(pairs[2].Investor.SendAsync(pairs[2].ConversationId, "Both are slow"));
            await Eventually.TrueAsync(() => Queue.Waiting == 1, "The third send does not wait in the queue.");
            Queue.RunningBatches.ShouldBe(2);
        }

        foreach (var sent in await Task.WhenAll(sends))
            sent.Expect(HttpStatusCode.Created);
    }

    private SendBatcher Queue => _server.Services.GetRequiredService<SendBatcher>();

    private Task<IReadOnlyList<Answer>> SendWhileBusyAsync(IReadOnlyList<(TestUser Sender, Guid ConversationId)> sends) =>
        WhileBusyAsync(
            sends.Select<(TestUser Sender, Guid ConversationId), Func<Task<Answer>>>(
                send => () => send.Sender.SendAsync(send.ConversationId, "In a batch")));

    /// <summary>Makes the requests while every batch slot is busy, so that they wait in the queue and then run in one batch.</summary>
    /// <param name="awaited">The requests whose responses to wait for; all when null.</param>
    private async Task<IReadOnlyList<Answer>> WhileBusyAsync(IEnumerable<Func<Task<Answer>>> requests, Range? awaited = null)
    {
        List<Task<Answer>> sends;
        await using (await BusyAsync())
        {
            sends = [.. requests.Select(request => request())];
            await Eventually.TrueAsync(() => Queue.Waiting == sends.Count, "Not all sends wait in the queue.");
        }

        return await Task.WhenAll(sends.ToArray()[awaited ?? ..]);
    }

    /// <summary>Keeps every batch slot busy until the result is disposed.</summary>
    private async Task<IAsyncDisposable> BusyAsync()
    {
        var pairs = await PairsAsync(SendBatcher.BatchesAtOnce);
        var source = _server.Services.GetRequiredKeyedService<NpgsqlDataSource>(PersistenceRegistration.Sends);
        var busy = new Busy();
        for (var number = 0; number < SendBatcher.BatchesAtOnce; number++)
            busy.Connections.Add(await source.OpenConnectionAsync(TestContext.Current.CancellationToken));
        foreach (var (investor, conversationId) in pairs)
        {
            busy.Sends.Add(investor.SendAsync(conversationId, "In front"));
            await Eventually.TrueAsync(
                () => Queue.RunningBatches == busy.Sends.Count && Queue.Waiting == 0, "The send does not wait for a connection.");
            await Task.Delay(SendBatcher.SlowAfter * 2, TestContext.Current.CancellationToken);
        }

        return busy;
    }

    private async Task<IReadOnlyList<(TestUser Investor, Guid ConversationId)>> PairsAsync(int count)
    {
        var pairs = new List<(TestUser Investor, Guid ConversationId)>();
        for (var number = 0; number < count; number++)
        {
            var (investor, _, conversationId) = await _server.RegisterPairAsync();
            pairs.Add((investor, conversationId));
        }

        return pairs;
    }

    /// <summary>Returns the number of transactions that stored the messages of these conversations.</summary>
    private Task<long> TransactionsAsync(IEnumerable<Guid> conversationIds) =>
        _server.QueryAsync<long>($"SELECT count(DISTINCT xmin::text) FROM messages WHERE conversation_id IN ({string.Join(',', conversationIds.Select(id => $"'{id}'"))})");

    private sealed class Busy : IAsyncDisposable
    {
        public List<NpgsqlConnection> Connections { get; } = [];

        public List<Task<Answer>> Sends { get; } = [];

        public async ValueTask DisposeAsync()
        {
            foreach (var connection in Connections)
                await connection.DisposeAsync();

            foreach (var sent in await Task.WhenAll(Sends))
                sent.Expect(HttpStatusCode.Created);
        }
    }
}
