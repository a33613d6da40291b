using System.Globalization;
using System.Net;
using CleanMessaging.Api.Tests.Encryption;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests that attachments, their message and its charge are stored in one transaction or not at all: in a batch, by itself, and raced by two
/// servers. The first server connects through a proxy, the second one directly.
/// </summary>
public sealed class SendAttachmentsPathTests(ProxiedServerFixture fixture) : IClassFixture<ProxiedServerFixture>
{
    private const int Racers = 20;

    private readonly ApiServer _server = fixture.Server;
    private readonly CountingProxy _proxy = fixture.Proxy;

    private SendBatchExecutor Executor => _server.Services.GetRequiredService<SendBatchExecutor>();

    [Fact]
    public async Task SendMessage_WithAttachments_TakesTwoRoundTripsCommitIncluded()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var attachments = new Queue<Guid>();
        for (var time = 1; time <= 6; time++)
            attachments.Enqueue(await _server.AddAttachmentAsync(investor.Id, conversationId));
        (await investor.SendAsync(conversationId, "Cached")).Expect(HttpStatusCode.Created);
        var fewest = int.MaxValue;

        for (var time = 1; time <= 3; time++)
        {
            var before = _proxy.RoundTrips;
            (await investor.SendAttachmentsAsync(conversationId, "", [attachments.Dequeue(), attachments.Dequeue()])).Expect(HttpStatusCode.Created);
            fewest = Math.Min(fewest, _proxy.RoundTrips - before);
        }

        fewest.ShouldBe(2);
    }

    /// <summary>Tests that a send of text after one with attachments finds its rows in the cache.</summary>
    [Fact]
    public async Task SendMessage_OfTextAfterOneWithAttachments_TakesOneRoundTrip()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var fewest = int.MaxValue;
        for (var time = 1; time <= 3; time++)
        {
            var id = await _server.AddAttachmentAsync(investor.Id, conversationId);
            (await investor.SendAttachmentsAsync(conversationId, "", [id])).Expect(HttpStatusCode.Created);
            var before = _proxy.RoundTrips;
            (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created);
            fewest = Math.Min(fewest, _proxy.RoundTrips - before);
        }

        fewest.ShouldBe(1);
    }

    /// <summary>Tests that batches of texts do not name attachments when they store, so that they cost as much as before.</summary>
    [Fact]
    public void Statements_OfTexts_DoNotBindAttachments()
    {
        using var connection = new NpgsqlConnection();
        var send = new SendRequest(new ConversationId(Guid.CreateVersion7()), new MessageDraft(new UserId(Guid.CreateVersion7()), "Text"), MaxPoints: null);
        using var load = SendStatements.CreateLoad(connection, [send], withKeys: false);
        using var locked = SendStatements.CreateLoadUnderLocks(connection, [send], withKeys: false, lockTimeout: null);
        using var store = SendStatements.CreateStore(connection, new SendBatchState().GetChanges(TestEncryption.Off));

        load.BatchCommands.Count.ShouldBe(1);
        locked.BatchCommands.Count.ShouldBe(4);
        store.CommandText.ShouldNotContain("attachment");
        store.CommandText.ShouldContain("ensure_unchanged");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SendMessage_OfOneAttachmentRaced_BindsItOnce(bool isOnTwoServers)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await _server.AddAttachmentAsync(investor.Id, conversationId);
        TestUser[] senders = isOnTwoServers ? [investor, fixture.Direct.As(investor)] : [investor];

        var answers = await Task.WhenAll(Enumerable.Range(0, Racers).Select(number =>
            senders[number % senders.Length].SendAttachmentsAsync(conversationId, $"Number {number}", [id], Guid.CreateVersion7())));

        var sent = answers.Single(answer => answer.Status == HttpStatusCode.Created);
        foreach (var rejected in answers.Where(answer => answer != sent))
            rejected.ExpectError(HttpStatusCode.Conflict, "attachment.already_sent");
        (await _server.MessageOfAsync(id)).ShouldBe(sent.Data.Id());
        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(1);
        await ShouldAddUpAsync();
    }

    [Fact]
    public async Task Sends_OfOneAttachmentInOneBatch_BindItToTheFirst()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var (shared, own) = (await AddAsync(investor, conversationId), await AddAsync(investor, conversationId));

        var outcomes = await RunBatchAsync(
            Request(investor, conversationId, "First", shared),
            Request(investor, conversationId, "Second", own, shared),
            Request(investor, conversationId, "Third", own),
            Request(investor, conversationId, "Text"));

        outcomes.Select(outcome => outcome as string ?? "sent").ShouldBe(["sent", "attachment.already_sent", "sent", "sent"]);
        (await _server.MessageOfAsync(shared)).ShouldBe(((SendDecision)outcomes[0]).Message.Id);
        (await _server.MessageOfAsync(own)).ShouldBe(((SendDecision)outcomes[2]).Message.Id);
        await ShouldAddUpAsync();
    }

    [Fact]
    public async Task Sends_WithOneFreeMessageLeft_KeepTheAttachmentOfTheOneThatIsNotPaidFor()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 1 WHERE user_id = '{investor.Id}'");
        Guid[] ids = [await AddAsync(investor, conversationId), await AddAsync(investor, conversationId)];

        var answers = await Task.WhenAll(ids.Select(id => investor.SendAttachmentsAsync(conversationId, "", [id], maxPoints: 0)));

        var rejected = answers.Select((answer, index) => (answer, index)).Single(one => one.answer.Status != HttpStatusCode.Created);
        rejected.answer.ExpectError(HttpStatusCode.PaymentRequired, "payment.consent_required");
        (await _server.MessageOfAsync(ids[rejected.index])).ShouldBeNull();
        (await _server.MessageOfAsync(ids[1 - rejected.index])).ShouldNotBeNull();
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 2 WHERE user_id = '{investor.Id}'");
        (await investor.SendAttachmentsAsync(conversationId, "", [ids[rejected.index]], maxPoints: 0)).Expect(HttpStatusCode.Created);
        await ShouldAddUpAsync();
    }

    [Fact]
    public async Task Sends_OfAFullBatchOfWhichThreeHaveAttachments_TakeTwoRoundTripsAndBindThese()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 10_000);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        var fewest = int.MaxValue;

        // Other work of the server, such as its polls, can add round trips to one of the batches.
        for (var first = 1; first <= 1 + (2 * SendBatcher.BatchMax); first += SendBatcher.BatchMax)
        {
            var ids = new Dictionary<int, Guid[]>();
            foreach (var number in (int[])[0, 31, 63])
                ids[number] = [await AddAsync(investor, conversationId), await AddAsync(investor, conversationId)];
            var requests = Enumerable.Range(0, SendBatcher.BatchMax)
                .Select(number => Request(investor, conversationId, $"Number {number}", ids.GetValueOrDefault(number, [])))
                .ToArray();
            var before = _proxy.RoundTrips;

            var outcomes = await RunBatchAsync(requests);

            fewest = Math.Min(fewest, _proxy.RoundTrips - before);
            foreach (var (outcome, number) in outcomes.Select((outcome, number) => ((SendDecision)outcome, number)))
            {
                outcome.Message.Sequence.ShouldBe(first + number);
                foreach (var id in ids.GetValueOrDefault(number, []))
                    (await _server.MessageOfAsync(id)).ShouldBe(outcome.Message.Id);
            }
        }

        fewest.ShouldBe(2);
        (await _server.QueryAsync<long>($"SELECT count(attachments) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(9);
        await ShouldAddUpAsync();
    }

    /// <summary>Tests the condition of the storing statement: the attachment changes after it was read, so nothing is stored with it.</summary>
    [Theory]
    [InlineData("message_id = (SELECT id FROM messages WHERE conversation_id = '{0}')")]
    [InlineData("remove_at = now()")]
    [InlineData("remove_at = NULL")]
    [InlineData("erased_at = now()")]
    [InlineData("encrypted_key = NULL")]
    [InlineData("state = 2, object_id = NULL, rejection_code = 'attachment.infected'")]
    public async Task Store_WithAnAttachmentThatHasChangedSinceItWasRead_FailsAsAWhole(string change)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Before")).Expect(HttpStatusCode.Created);
        var (good, bad) = (await AddAsync(investor, conversationId), await AddAsync(investor, conversationId));
        await using var connection = new NpgsqlConnection(fixture.Direct.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var requests = new[] { Request(investor, conversationId, "Text"), Request(investor, conversationId, "", good, bad) };
        await using var load = SendStatements.CreateLoad(connection, requests, withKeys: false);
        SendBatchState state;
        await using (var reader = await load.ExecuteReaderAsync(TestContext.Current.CancellationToken))
            state = await SendStatements.ReadAsync(reader, TestEncryption.Off, TestContext.Current.CancellationToken);
        foreach (var request in requests)
            state.Decide(request, QuotaPolicy.Default, _server.Services.GetRequiredService<IRequestHasher>(), TestEncryption.Off, _server.Clock.GetUtcNow());

        await _server.ExecuteAsync(
            $"UPDATE attachments SET {string.Format(CultureInfo.InvariantCulture, change, conversationId)} WHERE id = '{bad}'");
        await using var store = SendStatements.CreateStore(connection, state.GetChanges(TestEncryption.Off));
        var failure = await Should.ThrowAsync<PostgresException>(() => store.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        failure.SqlState.ShouldBe(PostgresErrorCodes.SerializationFailure);
        (await _server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(1);
        (await _server.MessageOfAsync(good)).ShouldBeNull();
        (await investor.QuotaAsync()).GetProperty("messagesSentToday").GetInt32().ShouldBe(1);

        // Other tests verify all attachments of the database.
        await _server.ExecuteAsync($"UPDATE attachments SET message_id = NULL WHERE id = '{bad}'");
    }

    /// <summary>A row of the batch is locked, so the batch fails and its sends run by themselves, under locks.</summary>
    [Fact]
    public async Task SendMessage_WhoseAttachmentIsLocked_IsServedAfterIt()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var id = await AddAsync(investor, conversationId);
        await using var holder = await LockHolder.HoldAsync(fixture.Direct, $"SELECT 1 FROM attachments WHERE id = '{id}' FOR UPDATE");

        var sending = investor.SendAttachmentsAsync(conversationId, "", [id]);
        await holder.WaitForWaitingAsync(1);
        await holder.DisposeAsync();

        var sent = (await sending).Expect(HttpStatusCode.Created).Data;
        (await _server.MessageOfAsync(id)).ShouldBe(sent.Id());
        await ShouldAddUpAsync();
    }

    /// <summary>Tests that two servers that lock the same attachments in different orders do not deadlock.</summary>
    [Fact]
    public async Task SendMessage_OfTheSameAttachmentsInEveryOrderOnTwoServers_BindsThemOnce()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        TestUser[] senders = [investor, fixture.Direct.As(investor)];
        Guid[] ids = [await AddAsync(investor, conversationId), await AddAsync(investor, conversationId), await AddAsync(investor, conversationId)];

        var answers = await Task.WhenAll(Enumerable.Range(0, Racers).Select(number =>
            senders[number % 2].SendAttachmentsAsync(conversationId, $"Number {number}", number % 2 == 0 ? ids : [.. ids.Reverse()])));

        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.Status == HttpStatusCode.Conflict).ShouldBe(Racers - 1);
        await ShouldAddUpAsync();
    }

    private async Task<List<object>> RunBatchAsync(params SendRequest[] requests)
    {
        using var deadline = new DatabaseDeadline();
        var sends = requests.Select(request => new QueuedSend(
            request, new Attempt(1, deadline, [], TestContext.Current.CancellationToken, TestContext.Current.CancellationToken))).ToList();
        await Executor.RunAsync(sends);
        var outcomes = new List<object>();
        foreach (var send in sends)
        {
            try
            {
                outcomes.Add(await send.Done);
            }
            catch (DomainException rejection)
            {
                outcomes.Add(rejection.Error.Code);
            }
        }

        return outcomes;
    }

    private static SendRequest Request(TestUser sender, Guid conversationId, string content, params Guid[] attachmentIds) => new(
        new ConversationId(conversationId),
        new MessageDraft(new UserId(sender.Id), content, attachmentIds: [.. attachmentIds.Select(id => new AttachmentId(id))]),
        MaxPoints: null);

    private Task<Guid> AddAsync(TestUser uploader, Guid conversationId) => _server.AddAttachmentAsync(uploader.Id, conversationId);

    private async Task ShouldAddUpAsync()
    {
        await _server.ShouldBindAllAttachmentsAsync();
        await _server.ShouldAddUpAsync();
    }
}
