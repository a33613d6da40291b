using System.Collections.Concurrent;
using System.Net;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>
/// Runs without other tests: under their load a request can exceed its time limit, which is not a deadlock.
/// </summary>
[Collection(nameof(NotParallel))]
public sealed class DeadlockTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private const int Workers = 32;
    internal static readonly TestSize Seconds = new(2, 5, "seconds of random requests that could deadlock");

    private static readonly int _changeCount = Enum.GetValues<Change>().Length;

    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public async Task EveryCommand_AtRandomOnFewRows_NeverMeetsInADeadlock()
    {
        var investors = new[] { await RichAsync(UserRole.Investor), await RichAsync(UserRole.Investor) };
        var startups = new[] { await RichAsync(UserRole.Startup), await RichAsync(UserRole.Startup) };
        TestUser[] users = [.. investors, .. startups];
        var admin = await _server.CreateAdminAsync();
        var conversations = new List<(TestUser Investor, TestUser Startup, Guid Id)>();
        foreach (var investor in investors)
        {
            foreach (var startup in startups)
                conversations.Add((investor, startup, await investor.ConversationWithAsync(startup)));
        }

        var accepted = new ConcurrentDictionary<Change, int>();
        var before = await ContentionTests.DeadlocksAsync(_server);
        var clientMessageIds = Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7()).ToArray();
        var sent = new ConcurrentDictionary<Guid, Sent>();
        foreach (var (investor, _, id) in conversations)
            await AddAsync(investor, id);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TimeSpan.FromSeconds(Seconds.Value));

        var answers = (await Task.WhenAll(Enumerable.Range(1, Workers).Select(WorkAsync))).SelectMany(done => done).ToList();

        (await ContentionTests.DeadlocksAsync(_server) - before).ShouldBe(0);
        var failures = answers.Where(answer => (int)answer.Status >= 500).Select(answer => answer.Text).Distinct().ToList();
        failures.ShouldBeEmpty();
        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBeGreaterThan(100);
        foreach (var change in Enum.GetValues<Change>())
            accepted.GetValueOrDefault(change).ShouldBeGreaterThan(0, $"{change}");
        await _server.ShouldAddUpAsync();
        await ShouldBeNumberedDenselyAsync();

        async Task<List<Answer>> WorkAsync(int seed)
        {
            var random = new Random(seed);
            var done = new List<Answer>();
            while (!end.IsCancellationRequested)
                done.Add(await OneAsync(random));

            return done;
        }

        Task<Answer> OneAsync(Random random)
        {
            var (investor, startup, id) = conversations[random.Next(conversations.Count)];
            var (one, other) = random.Next(2) == 0 ? (investor, startup) : (startup, investor);

            return random.Next(36) switch
            {
                < 8 => one.SendAsync(id, "Text"),
                < 10 => one.SendAsync(id, "Text", clientMessageIds[random.Next(clientMessageIds.Length)]),
                < 14 => one.MarkReadAsync(id),
                14 => one.PostAsync("/api/conversations/create", new { receiverId = other.Id }),
                15 =>
                    admin.PutAsync(
                        $"/api/admin/users/{one.Id}/quota", new { dailyFreeLimit = random.Next(3), pointsPerMessage = random.Next(3) }),
                16 => CreditAsync(one, $"key-{random.Next(100)}"),
                17 => ReverseNewestAsync(one),
                18 => _server.PostAsync("/api/auth/login", new { email = one.Email, password = ApiServer.Password }),
                19 or 20 => AddAsync(one, id),
                21 => users[random.Next(users.Length)].GetAsync("/api/conversations"),
                _ => ChangeAsync((Change)random.Next(_changeCount), one, id, random),
            };
        }

        async Task<Answer> AddAsync(TestUser sender, Guid id)
        {
            var answer = await sender.SendAsync(id, "To change");
            if (answer.Status == HttpStatusCode.Created)
                sent[id] = new Sent(answer.Data.Id(), answer.Data.Sequence(), sender);

            return answer;
        }

        async Task<Answer> ChangeAsync(Change change, TestUser user, Guid id, Random random)
        {
            var message = sent[id];
            var path = $"/api/conversations/{id}";
            var answer = await (change switch
            {
                Change.Edit => message.Sender.EditAsync(message.Id, $"Edited {random.Next()}", random.Next(3)),
                Change.Delete => message.Sender.DeleteMessageAsync(message.Id),
                Change.React => user.ReactAsync(message.Id, random.Next(2) == 0 ? "👍" : "👎"),
                Change.Unreact => user.UnreactAsync(message.Id),
                Change.ExpireSooner => message.Sender.ExpireSoonerAsync(message.Id, 5000 - random.Next(4000)),
                Change.SetDefault => user.SetExpirationAsync(id, random.Next(3) == 0 ? null : random.Next(1, 8000)),
                Change.Hide => user.PostAsync("/api/messages/hide", new { conversationId = id, messageIds = new[] { message.Id } }),
                Change.Clear => user.PostAsync($"{path}/clear", new { throughSequence = message.Sequence - 5 }),
                Change.DeleteConversation => user.PostAsync($"{path}/delete", new { throughSequence = message.Sequence - 5 }),
                Change.Archive => user.PutAsync($"{path}/archive", new { throughSequence = message.Sequence }),
                Change.Mute => user.PutAsync($"{path}/mute", new { }),
                Change.Pin => user.PutAsync($"{path}/pin"),
                _ => user.DeleteAsync($"{path}/pin"),
            });
            if (answer.Status == HttpStatusCode.OK)
                accepted.AddOrUpdate(change, 1, (_, count) => count + 1);

            return answer;
        }

        async Task<Answer> CreditAsync(TestUser user, string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/admin/wallets/{user.Id}/credit")
            {
                Content = System.Net.Http.Json.JsonContent.Create(new { amount = 50, reason = "Test" }),
                Headers = { { "Idempotency-Key", key } },
            };

            return await Answer.OfAsync(await admin.Client.SendAsync(request, TestContext.Current.CancellationToken));
        }

        async Task<Answer> ReverseNewestAsync(TestUser user)
        {
            var statement = await user.GetAsync("/api/wallet/transactions?limit=1");
            if (statement.Status != HttpStatusCode.OK || statement.Data.GetArrayLength() == 0)
                return statement;

            return await admin.PostAsync(
                $"/api/admin/wallet-transactions/{statement.Data[0].GetProperty("id").GetGuid()}/reverse", new { reason = "Test" });
        }
    }

    /// <summary>Each change of a message has a revision of its own, and so has each participant's latest hidden message.</summary>
    private async Task ShouldBeNumberedDenselyAsync() => (await _server.QueryAsync<long>(
        """
        SELECT count(*) FROM conversations AS conversation
        WHERE revision < (SELECT max(revision) FROM messages WHERE conversation_id = conversation.id)
           OR EXISTS (SELECT FROM participants AS own WHERE own.conversation_id = conversation.id AND (
                own.hidden_count <> (SELECT count(*) FROM hidden_messages WHERE conversation_id = conversation.id AND user_id = own.user_id)
                OR own.personal_revision < (SELECT max(personal_revision) FROM hidden_messages WHERE conversation_id = conversation.id AND user_id = own.user_id)))
        """)).ShouldBe(0);

    /// <summary>The commands that change messages and the personal state.</summary>
    private enum Change
    {
        Edit,
        Delete,
        React,
        Unreact,
        ExpireSooner,
        SetDefault,
        Hide,
        Clear,
        DeleteConversation,
        Archive,
        Mute,
        Pin,
        Unpin,
    }

    /// <summary>The newest message of a conversation that the changes use.</summary>
    private sealed record Sent(Guid Id, long Sequence, TestUser Sender);

    private Task<TestUser> RichAsync(UserRole role) => _server.CreateWithPointsAsync(role, 100_000);
}
