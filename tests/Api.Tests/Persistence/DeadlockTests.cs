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

        var before = await ContentionTests.DeadlocksAsync(_server);
        var clientMessageIds = Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7()).ToArray();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TimeSpan.FromSeconds(Seconds.Value));

        var answers = (await Task.WhenAll(Enumerable.Range(1, Workers).Select(WorkAsync))).SelectMany(done => done).ToList();

        (await ContentionTests.DeadlocksAsync(_server) - before).ShouldBe(0);
        var failures = answers.Where(answer => (int)answer.Status >= 500).Select(answer => answer.Text).Distinct().ToList();
        failures.ShouldBeEmpty();
        answers.Count(answer => answer.Status == HttpStatusCode.Created).ShouldBeGreaterThan(100);
        await _server.ShouldAddUpAsync();

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

            return random.Next(20) switch
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
                _ => users[random.Next(users.Length)].GetAsync("/api/conversations"),
            };
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

    private Task<TestUser> RichAsync(UserRole role) => _server.CreateWithPointsAsync(role, 100_000);
}
