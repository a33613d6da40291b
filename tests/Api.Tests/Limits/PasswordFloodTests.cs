using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>500 wrong log-ins a second, each from an address and for an account of its own, with passwords that cost what they cost in production.</summary>
public sealed class PasswordFloodTests(TestPostgres postgres)
{
    private const int PerSecond = 500;
    private static readonly TimeSpan _phase = TimeSpan.FromSeconds(4);

    private static int _guesses;

    [Fact]
    public async Task Sends_DuringAFloodOfWrongLogIns_TakeAsLongAsDuringOneThatIsNotHashed()
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Proxies:Known:0"] = "127.0.0.1" }, services: WithoutReducedIterations);
        var investor = await server.CreateWithPointsAsync(UserRole.Investor, 1_000_000);
        var conversationId = await investor.ConversationWithAsync(await server.RegisterStartupAsync());
        await SendsDuringAsync(server, investor, conversationId, password: null);

        // The same requests without the hashing: an empty password is refused for its form.
        var (quiet, _) = await SendsDuringAsync(server, investor, conversationId, password: null);
        var (unhashed, refused) = await SendsDuringAsync(server, investor, conversationId, password: "");
        var (hashed, answers) = await SendsDuringAsync(server, investor, conversationId, password: "wrong-password");

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"ms, median/p95/p99: quiet {quiet}, flood unhashed {unhashed}, flood hashed {hashed}; answers {string.Join(", ", answers)}");
        refused.Keys.ShouldBe([HttpStatusCode.BadRequest]);
        answers.Keys.ShouldBeSubsetOf([HttpStatusCode.Unauthorized, HttpStatusCode.ServiceUnavailable]);
        answers[HttpStatusCode.Unauthorized].ShouldBeGreaterThan(0);

        // Generous, as the machine may have other things to do; before the lookups were bounded too, one send took 5 seconds.
        hashed.Median.ShouldBeLessThan((unhashed.Median * 4) + 200);
    }

    /// <summary>Sends one message after the other for a while, and says how long they took; meanwhile the log-ins, if any.</summary>
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

    /// <summary>Takes back what <see cref="ApiServer"/> changes to make the other tests fast.</summary>
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
