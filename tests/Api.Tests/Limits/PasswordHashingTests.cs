using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class PasswordHashingTests(TestPostgres postgres)
{
    private const int Waiting = 3;

    [Fact]
    public async Task Passwords_MoreThanMayWait_AreRejectedAndTheOthersServedInTheEnd()
    {
        using var hasher = new CountingHasher();
        await using var server = await StartAsync(hasher, ("Limits:PasswordsAtATime", "1"));
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        hasher.StandStill();
        var logIns = LogIns(server, investor.Email, 1 + Waiting + 6);
        await Eventually.TrueAsync(() => logIns.Count(logIn => logIn.IsCompleted) == 6, "all places are taken");

        (await server.PostAsync("/api/auth/register", new { email = "late@example.com", password = ApiServer.Password, displayName = "Late", role = "Startup" }))
            .ExpectLater(HttpStatusCode.ServiceUnavailable, "server.busy");
        (await investor.SendAsync(conversationId, "Meanwhile")).Expect(HttpStatusCode.Created);
        hasher.GoOn();
        var answers = await Task.WhenAll(logIns);

        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(1 + Waiting);
        foreach (var answer in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            answer.ExpectLater(HttpStatusCode.ServiceUnavailable, "server.busy");
        hasher.MostAtATime.ShouldBe(1);
    }

    [LongFact]
    public async Task Passwords_ThatWaitTooLong_AreRejected()
    {
        using var hasher = new CountingHasher();
        await using var server = await StartAsync(hasher, ("Limits:PasswordsAtATime", "1"), ("Limits:PasswordWait", "00:00:01"));
        var investor = await server.RegisterInvestorAsync();
        hasher.StandStill();
        var first = LogInAsync(server, investor.Email);
        await Eventually.TrueAsync(() => hasher.AtATime == 1, "one is at it");

        (await LogInAsync(server, investor.Email)).ExpectLater(HttpStatusCode.ServiceUnavailable, "server.busy");

        hasher.GoOn();
        (await first).Expect(HttpStatusCode.OK);
        hasher.Compared.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Passwords_ManyAtOnce_AreComparedSoManyAtATime(int atATime)
    {
        using var hasher = new CountingHasher();
        await using var server = await StartAsync(hasher, ("Limits:PasswordsAtATime", $"{atATime}"), ("Limits:PasswordsWaiting", "100"));
        var investor = await server.RegisterInvestorAsync();
        hasher.StandStill();
        var logIns = LogIns(server, investor.Email, 30);
        await Eventually.TrueAsync(() => hasher.AtATime == atATime, "all places are taken");
        hasher.GoOn();

        (await Task.WhenAll(logIns)).ShouldAllBe(answer => answer.Status == HttpStatusCode.OK);

        hasher.MostAtATime.ShouldBe(atATime);
        hasher.Compared.ShouldBe(30);
    }

    [Fact]
    public async Task Passwords_OfCallersWhoLeft_TakeNoPlace()
    {
        using var hasher = new CountingHasher();
        await using var server = await StartAsync(hasher, ("Limits:PasswordsAtATime", "1"));
        var investor = await server.RegisterInvestorAsync();
        hasher.StandStill();
        var first = LogInAsync(server, investor.Email);
        await Eventually.TrueAsync(() => hasher.AtATime == 1, "one is at it");

        for (var attempt = 0; attempt < Waiting * 3; attempt++)
        {
            using var waitLimit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await Should.ThrowAsync<OperationCanceledException>(() => LogInUntilAsync(server, investor.Email, waitLimit.Token));
        }

        hasher.GoOn();
        (await first).Expect(HttpStatusCode.OK);
        (await LogInAsync(server, investor.Email)).Expect(HttpStatusCode.OK);

        // The server may not have noticed the last canceled request yet.
        hasher.Compared.ShouldBeInRange(2, 3);
    }

    [Fact]
    public async Task RegisterAccount_WithATakenEmail_HashesNothing()
    {
        using var hasher = new CountingHasher();
        await using var server = await StartAsync(hasher, ("Limits:PasswordsAtATime", "1"));
        var investor = await server.RegisterInvestorAsync();
        var hashed = hasher.Hashed;

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => server.PostAsync(
            "/api/auth/register",
            new { email = investor.Email.ToUpperInvariant(), password = ApiServer.Password, displayName = "Again", role = "Startup" })));

        foreach (var answer in answers)
            answer.ExpectError(HttpStatusCode.Conflict, "user.email_taken");
        hasher.Hashed.ShouldBe(hashed);
    }

    [Fact]
    public async Task Passwords_OfOneAddressBeyondItsShare_AreRejectedAndOthersWait()
    {
        using var hasher = new CountingHasher();
        await using var server = await StartAsync(
            hasher,
            ("Limits:PasswordsAtATime", "1"),
            ("Limits:PasswordsWaiting", "100"),
            ("Limits:PasswordsWaitingPerAddress", "2"),
            ("Proxies:Known:0", "127.0.0.1"));
        var investor = await server.RegisterInvestorAsync();
        hasher.StandStill();
        var logIns = LogIns(server, investor.Email, 1 + 2 + 5);
        await Eventually.TrueAsync(() => logIns.Count(logIn => logIn.IsCompleted) == 5, "its places are taken");

        using var elsewhere = server.CreateClient();
        elsewhere.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1");
        using var body = System.Net.Http.Json.JsonContent.Create(new { email = investor.Email, password = ApiServer.Password });
        var other = elsewhere.PostAsync("/api/auth/login", body, TestContext.Current.CancellationToken);
        hasher.GoOn();

        (await other).StatusCode.ShouldBe(HttpStatusCode.OK);
        var answers = await Task.WhenAll(logIns);
        answers.Count(answer => answer.Status == HttpStatusCode.OK).ShouldBe(3);
        foreach (var answer in answers.Where(answer => answer.Status != HttpStatusCode.OK))
            answer.ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.concurrency");
    }

    private static List<Task<Answer>> LogIns(ApiServer server, string email, int count) =>
        [.. Enumerable.Range(1, count).Select(_ => LogInAsync(server, email))];

    private static Task<Answer> LogInAsync(ApiServer server, string email) =>
        LogInUntilAsync(server, email, TestContext.Current.CancellationToken);

    private static async Task<Answer> LogInUntilAsync(ApiServer server, string email, CancellationToken cancellationToken)
    {
        using var client = server.CreateClient();
        using var body = System.Net.Http.Json.JsonContent.Create(new { email, password = ApiServer.Password });

        return await Answer.OfAsync(await client.PostAsync("/api/auth/login", body, cancellationToken));
    }

    private Task<ApiServer> StartAsync(CountingHasher hasher, params (string Key, string Value)[] settings) =>
        ApiServer.StartAsync(
            postgres,
            new Dictionary<string, string?>(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            {
                // No earlier limit delays a request, so exactly the requests of the test wait for hashing.
                ["Limits:WrongPasswordsPerAccountAndAddress"] = "1000",
                ["Limits:PasswordsWaiting"] = settings.FirstOrDefault(setting => setting.Key == "Limits:PasswordsWaiting").Value
                    ?? $"{Waiting}",
            },
            services: hasher.AddTo);
}
