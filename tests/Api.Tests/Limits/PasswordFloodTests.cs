using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>
/// Tests a flood of 500 failed log-ins per second, each from a different address for a different account, with the hashing cost of
/// production.
/// </summary>
public sealed class PasswordFloodTests(TestPostgres postgres)
{
    private const int PerSecond = 500;
    private static readonly TimeSpan _phase = TimeSpan.FromSeconds(2);

    private static int _guesses;

    [LongFact]
    public async Task Sends_DuringAFloodOfWrongLogIns_TakeAsLongAsDuringOneThatIsNotHashed()
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.1" }, services: WithoutReducedIterations);
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 1_000_000);
        var conversationId = await investor.ConversationWithAsync(await server.RegisterStartupAsync());
        await SendsDuringAsync(server, investor, conversationId, password: null);

        // The same requests without hashing: validation rejects an empty password.
        var (quiet, _) = await SendsDuringAsync(server, investor, conversationId, password: null);
        var (unhashed, rejected) = await SendsDuringAsync(server, investor, conversationId, password: "");
        var (hashed, answers) = await SendsDuringAsync(server, investor, conversationId, password: "wrong-password");

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"ms, median/p95/p99: quiet {quiet}, flood unhashed {unhashed}, flood hashed {hashed}; answers {string.Join(", ", answers)}");
        rejected.Keys.ShouldBe([HttpStatusCode.BadRequest]);
        answers.Keys.ShouldBeSubsetOf([HttpStatusCode.Unauthorized, HttpStatusCode.ServiceUnavailable]);
        answers[HttpStatusCode.Unauthorized].ShouldBeGreaterThan(0);

        // A wide limit, because the machine may be busy. Before the account lookups were bounded too, one send took 5 seconds.
        hashed.Median.ShouldBeLessThan((unhashed.Median * 4) + 200);
    }

    /// <summary>Tests sequential log-ins while one address registers 11 times per second.</summary>
    [LongTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LogIns_WhileOneAddressRegistersAgainAndAgain_TakeAsLongAsWithoutIt(bool isTaken)
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.1" }, services: WithoutReducedIterations);
        var taken = await server.RegisterInvestorAsync();
        using var client = server.CreateClient();
        await LogInsAsync(client, taken.Email, Task.Delay(TimeSpan.FromSeconds(2), Token));
        var (quiet, _) = await LogInsAsync(client, taken.Email, Task.Delay(_phase, Token));

        var flood = RegisterAsync(client, isTaken ? taken.Email : null);
        var (flooded, statuses) = await LogInsAsync(client, taken.Email, flood);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"log-ins, ms, median/p95/p99: without {quiet}, with registrations {flooded}; registrations {string.Join(", ", await flood)}");
        statuses.ShouldAllBe(status => status == HttpStatusCode.OK);
        (await flood).Keys.ShouldContain(isTaken ? HttpStatusCode.Conflict : HttpStatusCode.Created);

        // With one slot, a log-in takes twice as long: it waits for one hash in progress and then for its own. Behind the whole queue of
        // the other address it would take 20 times as long. The median is used because there are too few log-ins for a 95th percentile.
        flooded.Median.ShouldBeLessThan((quiet.Median * 4) + 500);
    }

    private static async Task<(Latency LogIns, List<HttpStatusCode> Statuses)> LogInsAsync(HttpClient client, string email, Task until)
    {
        var times = new List<double>();
        var statuses = new List<HttpStatusCode>();
        while (!until.IsCompleted)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/login");
            request.Headers.Add("X-Forwarded-For", "198.51.100.7");
            request.Content = JsonContent.Create(new { email, password = ApiServer.Password });
            var started = Stopwatch.GetTimestamp();
            using var answer = await client.SendAsync(request, Token);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            statuses.Add(answer.StatusCode);
        }

        return (Latency.Of(times), statuses);
    }

    /// <summary>
    /// Registers repeatedly with the same e-mail address, or with a new one each time if <paramref name="email"/> is null.
    /// </summary>
    private static async Task<Dictionary<HttpStatusCode, int>> RegisterAsync(HttpClient client, string? email)
    {
        var answers = new List<Task<HttpStatusCode>>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / 11);
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < _phase * 2 && await timer.WaitForNextTickAsync(Token))
            answers.Add(RegisterOnceAsync(client, email ?? $"flood{Interlocked.Increment(ref _guesses)}@example.com"));

        return (await Task.WhenAll(answers)).GroupBy(status => status).ToDictionary(group => group.Key, group => group.Count());
    }

    private static async Task<HttpStatusCode> RegisterOnceAsync(HttpClient client, string email)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/register");
        request.Headers.Add("X-Forwarded-For", "198.51.100.8");
        request.Content = JsonContent.Create(new { email, password = ApiServer.Password, displayName = "Flood", role = "Startup" });
        using var answer = await client.SendAsync(request, Token);

        return answer.StatusCode;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Sends messages sequentially for a fixed time and returns their latencies; runs the log-ins, if any, in parallel.</summary>
    private static async Task<(Latency Sends, Dictionary<HttpStatusCode, int> LogIns)> SendsDuringAsync(
        ApiServer server, TestUser sender, Guid conversationId, string? password)
    {
        var started = Stopwatch.GetTimestamp();
        using var client = server.CreateClient();
        var flood = password is null ? Task.FromResult<List<Task<HttpStatusCode>>>([]) : FloodAsync(client, started, password);
        var times = new List<double>();
        while (Stopwatch.GetElapsedTime(started) < _phase)
        {
            var sent = Stopwatch.GetTimestamp();
            await sender.SendAsync(conversationId, "Hello");
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        var answers = await Task.WhenAll(await flood);

        return (Latency.Of(times), answers.GroupBy(status => status).ToDictionary(group => group.Key, group => group.Count()));
    }

    private static async Task<List<Task<HttpStatusCode>>> FloodAsync(HttpClient client, long started, string password)
    {
        var logIns = new List<Task<HttpStatusCode>>();
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < _phase)
        {
            while (logIns.Count < elapsed.TotalSeconds * PerSecond)
                logIns.Add(LogInAsync(client, password));

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return logIns;
    }

    private static async Task<HttpStatusCode> LogInAsync(HttpClient client, string password)
    {
        var number = Interlocked.Increment(ref _guesses);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/auth/login");
        request.Headers.Add("X-Forwarded-For", $"198.{18 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}");
        request.Content = JsonContent.Create(new { email = $"guess{number}@example.com", password });
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        return answer.StatusCode;
    }

    /// <summary>Removes the reduced iteration count that <see cref="ApiServer"/> configures to make tests fast.</summary>
    private static void WithoutReducedIterations(IServiceCollection services) =>
        services.Remove(services.Last(service => service.ServiceType == typeof(IConfigureOptions<PasswordHasherOptions>))).ShouldBeTrue();

    private sealed record Latency(double Median, double P95, double P99)
    {
        public static Latency Of(List<double> times)
        {
            times.Sort();

            return new Latency(times[times.Count / 2], times[times.Count * 95 / 100], times[times.Count * 99 / 100]);
        }

        public override string ToString() => $"{Median:0.0}/{P95:0.0}/{P99:0.0}";
    }
}
