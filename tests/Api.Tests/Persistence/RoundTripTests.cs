using System.Net;
using System.Text.Json;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Users;
using CleanMessaging.Infrastructure.Persistence;
using CleanMessaging.Infrastructure.Persistence.Sends;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Tests the number of database round trips. A send needs one to read its rows, unless they are cached, and one to store the result; a
/// repeated send needs only the read.
/// </summary>
public sealed class RoundTripTests(ProxiedServerFixture fixture) : IClassFixture<ProxiedServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task SendMessage_TheFirst_TakesTwoRoundTripsCommitIncluded()
    {
        var pairs = new Queue<(TestUser Investor, TestUser Startup, Guid ConversationId)>();
        for (var time = 1; time <= 3; time++)
            pairs.Enqueue(await _server.RegisterPairAsync());

        var trips = await CountAsync(async () =>
        {
            var (investor, _, conversationId) = pairs.Dequeue();
            (await investor.SendAsync(conversationId, "First")).Expect(HttpStatusCode.Created);
        });

        trips.ShouldBe(2);
    }

    [Fact]
    public async Task SendMessage_Free_TakesOneRoundTripCommitIncluded()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);

        var trips = await CountAsync(async () => (await investor.SendAsync(conversationId, "Free")).Expect(HttpStatusCode.Created));

        trips.ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_Paid_TakesOneRoundTripCommitIncluded()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 100);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        for (var number = 1; number <= 21; number++)
            (await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);

        var trips = await CountAsync(async () =>
        {
            var sent = (await investor.SendAsync(conversationId, "Paid")).Expect(HttpStatusCode.Created);
            sent.Body.GetProperty("charge").GetProperty("points").GetInt64().ShouldBe(10);
        });

        trips.ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_AsAReply_TakesOneRoundTripCommitIncluded()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);

        var trips = await CountAsync(async () =>
            (await investor.PostAsync("/api/messages/send", new { conversationId, content = "Reply", replyToSequence = 1 })).Expect(HttpStatusCode.Created));

        trips.ShouldBe(1);
    }

    /// <summary>Tests that a batch reads nothing for its replies: neither the quoted messages nor anything else.</summary>
    [Fact]
    public async Task SendMessages_With64RepliesInOneBatch_TakeOneRoundTrip()
    {
        var investor = await _server.CreateWithPointsAsync(UserRole.Investor, 10_000);
        var conversationId = await investor.ConversationWithAsync(await _server.RegisterStartupAsync());
        await WarmUpAsync(investor, conversationId);
        var executor = _server.Services.GetRequiredService<SendBatchExecutor>();

        var trips = await CountAsync(async () =>
        {
            using var deadline = new DatabaseDeadline();
            var sends = Enumerable.Range(0, 64).Select(number => new QueuedSend(
                new SendRequest(
                    new ConversationId(conversationId), new MessageDraft(new UserId(investor.Id), "Reply", replyToSequence: 3 + number), MaxPoints: null),
                new Attempt(1, deadline, [], TestContext.Current.CancellationToken, TestContext.Current.CancellationToken))).ToList();
            await executor.RunAsync(sends);
            foreach (var (send, number) in sends.Select((send, number) => (send, number)))
                (await send.Done).Message.ReplyToSequence.ShouldBe(3 + number);
        });

        trips.ShouldBe(1);
        (await _server.QueryAsync<long>($"SELECT count(reply_to_sequence) FROM messages WHERE conversation_id = '{conversationId}'")).ShouldBe(3 * 64);
    }

    /// <summary>Tests that only a page with a reply to a message outside of the page needs a second statement.</summary>
    [Theory]
    [InlineData(3, 1, 0)]
    [InlineData(2, 3, 0)]
    [InlineData(1, 1, 1)]
    public async Task GetMessages_WithAReply_TakesAFurtherRoundTripOnlyForAMessageOutsideOfThePage(long quoted, int limit, int further)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);
        var usual = await CountAsync(async () => (await investor.GetAsync($"/api/messages?conversationId={conversationId}&limit=1")).Expect(HttpStatusCode.OK));
        if (quoted < 3)
            (await investor.PostAsync("/api/messages/send", new { conversationId, content = "Reply", replyToSequence = quoted })).Expect(HttpStatusCode.Created);

        var trips = await CountAsync(async () => (await investor.GetAsync($"/api/messages?conversationId={conversationId}&limit={limit}")).Expect(HttpStatusCode.OK));

        trips.ShouldBe(usual + further);
    }

    [Fact]
    public async Task GetMessages_AroundASequence_TakesAsManyRoundTripsAsAPage()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);

        var page = await CountAsync(async () => (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK));
        var around = await CountAsync(async () => (await investor.GetAsync($"/api/messages?conversationId={conversationId}&around=2")).Expect(HttpStatusCode.OK));

        around.ShouldBe(page);
    }

    /// <summary>Tests that a row rewritten with the same values still matches its cached copy, because the send compares values.</summary>
    [Fact]
    public async Task SendMessage_AfterItsRowsWereWrittenAgainWithTheSameValues_TakesOneRoundTrip()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);

        var trips = await CountAsync(
            async () => (await investor.SendAsync(conversationId, "Free")).Expect(HttpStatusCode.Created),
            beforehand: () => _server.ExecuteAsync(
                $"""
                UPDATE message_quotas SET messages_sent_today = messages_sent_today WHERE user_id = '{investor.Id}';
                UPDATE wallets SET balance = balance WHERE user_id = '{investor.Id}';
                UPDATE conversations SET revision = revision WHERE id = '{conversationId}'
                """));

        trips.ShouldBe(1);
    }

    [Fact]
    public async Task SendMessage_Replayed_TakesOneRoundTrip()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);
        var clientMessageId = Guid.CreateVersion7();
        (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.Created);

        var trips = await CountAsync(
            async () => (await investor.SendAsync(conversationId, "Once", clientMessageId)).Expect(HttpStatusCode.OK));

        trips.ShouldBe(1);
    }

    /// <summary>Tests that locking, counting and loading is one round trip; then follow storing and the commit.</summary>
    [Fact]
    public async Task MarkRead_UpToAMessage_TakesThreeRoundTrips()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var messageIds = new Queue<Guid>();
        for (var number = 1; number <= 3; number++)
            messageIds.Enqueue((await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created).Data.Id());

        var trips = await CountAsync(async () =>
        {
            var read = new { conversationId, messageIds = new[] { messageIds.Dequeue() } };
            (await startup.PostAsync("/api/messages/read", read)).Expect(HttpStatusCode.OK);
        });

        trips.ShouldBe(3);
    }

    /// <summary>Tests that a reaction locks and loads in one round trip; then it reads whether the message was read, stores, and commits.</summary>
    [Fact]
    public async Task ReactToMessage_ToAMessage_TakesFourRoundTrips()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var id = (await investor.SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created).Data.Id();
        var emoji = new Queue<string>(["👍", "👎", "👀"]);

        (await CountAsync(async () => (await startup.ReactAsync(id, emoji.Dequeue())).Expect(HttpStatusCode.OK))).ShouldBe(4);
    }

    [Fact]
    public async Task SendMessage_UnderADefaultExpiration_TakesOneRoundTripCommitIncluded()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        (await investor.SetExpirationAsync(conversationId, 24)).Expect(HttpStatusCode.OK);
        await WarmUpAsync(investor, conversationId);

        var trips = await CountAsync(async () => (await investor.SendAsync(conversationId, "Expires"))
            .Expect(HttpStatusCode.Created).Data.GetProperty("expiresAt").ValueKind.ShouldBe(JsonValueKind.String));

        trips.ShouldBe(1);
    }

    /// <summary>Tests that a change locks and loads in one round trip; then it reads whether the message was read, stores, and commits. A deletion reads nothing.</summary>
    [Theory]
    [InlineData("edit", 4)]
    [InlineData("expire", 4)]
    [InlineData("delete", 3)]
    public async Task ChangeOfAMessage_ByItsSender_TakesAFewRoundTrips(string change, int expected)
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var ids = new Queue<Guid>();
        for (var number = 1; number <= 3; number++)
            ids.Enqueue((await investor.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created).Data.Id());

        var trips = await CountAsync(async () => (await (change switch
        {
            "edit" => investor.EditAsync(ids.Dequeue(), "Edited", version: 0),
            "expire" => investor.ExpireSoonerAsync(ids.Dequeue(), 1),
            _ => investor.DeleteMessageAsync(ids.Dequeue()),
        })).Expect(HttpStatusCode.OK));

        // An edit loads the key of the conversation.
        trips.ShouldBe(expected + (EncryptedRun.IsOn && change == "edit" ? 1 : 0));
    }

    /// <summary>Tests that a change locks and loads in one round trip; then follow storing and the commit, and before them the view that a change of the default returns.</summary>
    [Fact]
    public async Task ChangeOfAConversation_PersonalOrOfTheDefault_TakesAFewRoundTrips()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);
        var path = $"/api/conversations/{conversationId}";
        var (hours, minutes) = (1, 1);

        (await CountAsync(async () => (await investor.SetExpirationAsync(conversationId, hours++)).Expect(HttpStatusCode.OK))).ShouldBe(4, "default");
        (await CountAsync(async () => (await investor.PutAsync($"{path}/mute", new { until = _server.Clock.GetUtcNow().AddMinutes(minutes++) })).Expect(HttpStatusCode.OK)))
            .ShouldBe(3, "mute");
        (await CountAsync(
            async () => (await investor.PutAsync($"{path}/archive", new { throughSequence = 3 })).Expect(HttpStatusCode.OK),
            beforehand: async () => (await investor.DeleteAsync($"{path}/archive")).Expect(HttpStatusCode.OK))).ShouldBe(3, "archive");
        (await CountAsync(
            async () => (await investor.PutAsync($"{path}/pin")).Expect(HttpStatusCode.OK),
            beforehand: async () => (await investor.DeleteAsync($"{path}/pin")).Expect(HttpStatusCode.OK))).ShouldBe(3, "pin");
    }

    /// <summary>Tests that tombstones and messages that the viewer has hidden need no statement of their own.</summary>
    [Fact]
    public async Task GetMessages_OfAPageWithDeletedAndHiddenMessages_TakesAsManyRoundTripsAsADensePage()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await WarmUpAsync(investor, conversationId);
        var ids = (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Data.EnumerateArray().Select(message => message.Id()).ToList();
        var dense = await CountAsync(() => ReadAsync(messages: 3, deleted: 0));

        (await investor.DeleteMessageAsync(ids[0])).Expect(HttpStatusCode.OK);
        (await startup.PostAsync("/api/messages/hide", new { conversationId, messageIds = new[] { ids[1] } })).Expect(HttpStatusCode.OK);

        (await CountAsync(() => ReadAsync(messages: 1, deleted: 1))).ShouldBe(dense);

        async Task ReadAsync(int messages, int deleted)
        {
            var page = (await startup.GetAsync($"/api/messages?conversationId={conversationId}")).Expect(HttpStatusCode.OK);
            (page.Data.GetArrayLength(), page.Body.GetProperty("deleted").GetArrayLength()).ShouldBe((messages, deleted));
        }
    }

    /// <summary>
    /// Returns the fewest round trips of three runs. No client is connected to the hub, so only two things use the database: the request
    /// itself and the poll for revoked sessions, once a second.
    /// </summary>
    private async Task<int> CountAsync(Func<Task> request, Func<Task>? beforehand = null)
    {
        var fewest = int.MaxValue;
        for (var time = 1; time <= 3; time++)
        {
            await (beforehand?.Invoke() ?? Task.CompletedTask);
            var before = fixture.Proxy.RoundTrips;
            await request();
            fewest = Math.Min(fewest, fixture.Proxy.RoundTrips - before);
        }

        return fewest;
    }

    private static async Task WarmUpAsync(TestUser sender, Guid conversationId)
    {
        foreach (var number in Enumerable.Range(1, 3))
            (await sender.SendAsync(conversationId, $"Warm {number}")).Expect(HttpStatusCode.Created);
    }
}
