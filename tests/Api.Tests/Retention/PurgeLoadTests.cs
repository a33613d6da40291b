using System.Diagnostics;
using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Retention;

public sealed class PurgeLoadTests(RetentionServerFixture servers) : IClassFixture<RetentionServerFixture>
{
    /// <summary>A send may take three times as long on two cores that also purge.</summary>
    [LongFact(DisableParallelization = true)]
    public async Task Purge_OfAHundredThousandMessages_LeavesSendsFast()
    {
        const int Expired = 100_000;
        var server = await servers.RetainingAsync();
        var admin = await server.CreateAdminAsync();
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, Expired, "now() - interval '1 day' - n * interval '1 second'");
        await server.ExecuteAsync("UPDATE message_quotas SET daily_free_limit = 1000000");
        await SendAsync(50);
        var usualTimes = await SendAsync(200);

        var before = server.Clock.GetUtcNow();
        var started = Stopwatch.GetTimestamp();
        var purge = admin.PurgeAllAsync(before);
        var purgeTimes = new List<double>();
        while (!purge.IsCompleted)
            purgeTimes.AddRange(await SendAsync(20));

        (await purge).ShouldBe(Expired);
        var (usual, purging) = (Percentile95(usualTimes), Percentile95(purgeTimes));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{Expired} messages in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s; p95 of a send {usual:0.0} ms, {purging:0.0} ms during the purge ({purgeTimes.Count} sends)");
        purging.ShouldBeLessThan((usual * 3) + 10);
        await server.ShouldAddUpAsync();

        async Task<List<double>> SendAsync(int count)
        {
            var times = new List<double>();
            for (var number = 0; number < count; number++)
            {
                var sent = Stopwatch.GetTimestamp();
                (await (number % 2 == 0 ? investor : startup).SendAsync(conversationId, "Text")).Expect(HttpStatusCode.Created);
                times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return times;
        }
    }

    private static double Percentile95(List<double> times) => times.Order().ElementAt(times.Count * 95 / 100);
}
