using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.SlowReaders;

/// <summary>
/// Tests twenty free accounts that repeatedly request the largest responses and read them at 400 bytes per second. The server has a heap of
/// 512 MB. Other users must not be affected.
/// </summary>
public sealed class SlowReaderTests(FaultPostgres postgres)
{
    /// <summary>Latencies below this are not compared with the usual ones, because the difference depends on the machine.</summary>
    private const double NoiseMs = 15;

    private static readonly TimeSpan _connecting = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _reading = TimeSpan.FromSeconds(40);

    /// <summary>
    /// Attacks four servers at the same time, because the attacks mostly wait. Runs with no other test, because it compares latencies.
    /// </summary>
    [LongFact(DisableParallelization = true)]
    public async Task SlowReaders_OfEveryLargeResponse_DoNotAffectOthers()
    {
        var preparations = Attack.Kinds
            .Select(async kind => await Attack.PrepareAsync(await postgres.CreateDatabaseAsync(), kind.Name, kind.Count, kind.Requests))
            .ToList();
        try
        {
            var attacks = await Task.WhenAll(preparations);

            // The first requests only warm up the servers.
            await MeasureAsync(attacks, _ => Task.Delay(TimeSpan.FromSeconds(2), Token));
            var before = await MeasureAsync(attacks, _ => Task.Delay(TimeSpan.FromSeconds(4), Token));
            var during = await MeasureAsync(attacks, attack => attack.RunAsync(_connecting, _reading));

            foreach (var (attack, usual, attacked) in attacks.Zip(before, during))
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{attack}\nbefore: {usual}\nduring: {attacked}");
                await ShouldBeUnaffectedAsync(attack, usual, attacked);
            }
        }
        finally
        {
            foreach (var preparation in preparations.Where(one => one.IsCompletedSuccessfully))
                await (await preparation).DisposeAsync();
        }
    }

    private static Task<Bystanders.Measured[]> MeasureAsync(IEnumerable<Attack> attacks, Func<Attack, Task> until) => Task.WhenAll(
        attacks.Select(async attack =>
        {
            var end = until(attack);
            var measured = await attack.Bystanders.MeasureAsync(end);
            await end;

            return measured;
        }));

    private static async Task ShouldBeUnaffectedAsync(Attack attack, Bystanders.Measured before, Bystanders.Measured during)
    {
        attack.Api.HasExited.ShouldBeFalse(attack.Name);
        during.Statuses.Keys.ShouldBeSubsetOf([HttpStatusCode.OK, HttpStatusCode.Created], attack.Name);
        during.P95.ShouldBeLessThan(3 * Math.Max(before.P95, NoiseMs), attack.Name);
        await attack.CloseReadersAsync();

        using var client = attack.Api.CreateClient();
        (await client.GetAsync("/health/ready", Token)).StatusCode.ShouldBe(HttpStatusCode.OK, attack.Name);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
