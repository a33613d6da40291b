using System.Diagnostics;

namespace CleanMessaging.Benchmarks.Load;

/// <param name="PerSecond">Accepted sends.</param>
/// <param name="Rejected">Sends that were not accepted.</param>
/// <param name="ServerCpu">Of the server, for each accepted send.</param>
/// <param name="DatabaseCpu">Of PostgreSQL, for each accepted send.</param>
/// <param name="GeneratorCpu">Of this process, for each accepted send.</param>
internal sealed record SendResult(
    double PerSecond, int Rejected, TimeSpan ServerCpu, TimeSpan DatabaseCpu, TimeSpan GeneratorCpu, double MedianMs, double P99Ms);

/// <summary>Generates sends, in a closed loop or at a given rate.</summary>
internal static class SendLoad
{
    private const string Text = "Shall we talk about the second round on Thursday, before the board meets?";

    /// <summary>Sends in a closed loop: each connection sends its next message after the response to the last one. Measures the maximum rate.</summary>
    /// <param name="choose">Chooses the sender and conversation of a send by its number.</param>
    public static Task<SendResult> AsFastAsPossibleAsync(
        Target target, int postmaster, int connections, Func<int, (Pair Pair, bool AsInvestor)> choose, TimeSpan time) =>
        AsFastAsPossibleAsync([target], postmaster, connections, choose, time);

    /// <summary>Sends in a closed loop to several servers, with the same number of connections to each.</summary>
    public static async Task<SendResult> AsFastAsPossibleAsync(
        IReadOnlyList<Target> targets, int postmaster, int connections, Func<int, (Pair Pair, bool AsInvestor)> choose, TimeSpan time)
    {
        var senders = targets.Select(target => new Sender(target.Address, connections)).ToList();
        var number = 0;
        var rejected = 0;
        var latencies = new Latencies();
        var meter = new Meters(targets, postmaster);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(connection => Task.Run(async () =>
        {
            var sender = senders[connection % senders.Count];
            while (meter.Elapsed < time)
            {
                var (pair, asInvestor) = choose(Interlocked.Increment(ref number));
                var began = Stopwatch.GetTimestamp();
                if (await sender.SendAsync(pair, asInvestor, Text))
                    latencies.Add(Stopwatch.GetElapsedTime(began));
                else
                    Interlocked.Increment(ref rejected);
            }
        })));
        senders.ForEach(sender => sender.Dispose());

        return meter.Result(latencies, rejected);
    }

    /// <summary>Sends in an open loop: latency is measured from a message's scheduled time, so that it includes all waiting.</summary>
    public static async Task<SendResult> AtRateAsync(
        Target target, int postmaster, double perSecond, Func<int, (Pair Pair, bool AsInvestor)> choose, TimeSpan time)
    {
        using var sender = new Sender(target.Address, 512);
        var rejected = 0;
        var latencies = new Latencies();
        var meter = new Meters([target], postmaster);
        var sends = new List<Task>();
        for (var number = 0; ; number++)
        {
            var due = TimeSpan.FromSeconds(number / perSecond);
            if (due >= time)
                break;

            var wait = due - meter.Elapsed;
            if (wait > TimeSpan.FromMilliseconds(1))
                await Task.Delay(wait);
            var (pair, asInvestor) = choose(number);
            sends.Add(SendAsync(pair, asInvestor, due));
        }

        await Task.WhenAll(sends);

        return meter.Result(latencies, rejected);

        async Task SendAsync(Pair pair, bool asInvestor, TimeSpan due)
        {
            if (await sender.SendAsync(pair, asInvestor, Text))
                latencies.Add(meter.Elapsed - due);
            else
                Interlocked.Increment(ref rejected);
        }
    }

    /// <summary>Measures elapsed time and the CPU time of all processes since its creation.</summary>
    private sealed class Meters(IReadOnlyList<Target> targets, int postmaster)
    {
        private readonly long _began = Stopwatch.GetTimestamp();
        private readonly TimeSpan _servers = CpuOf(targets);
        private readonly TimeSpan _database = CpuMeter.OfFamily(postmaster);
        private readonly TimeSpan _generator = CpuMeter.OfProcess(Environment.ProcessId);

        public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

        public SendResult Result(Latencies latencies, int rejected)
        {
            var elapsed = Elapsed;
            var accepted = Math.Max(1, latencies.Count);

            return new SendResult(
                latencies.Count / elapsed.TotalSeconds,
                rejected,
                (CpuOf(targets) - _servers) / accepted,
                (CpuMeter.OfFamily(postmaster) - _database) / accepted,
                (CpuMeter.OfProcess(Environment.ProcessId) - _generator) / accepted,
                latencies.Percentile(0.5),
                latencies.Percentile(0.99));
        }

        private static TimeSpan CpuOf(IReadOnlyList<Target> targets) =>
            targets.Aggregate(TimeSpan.Zero, (sum, target) => sum + CpuMeter.OfProcess(target.ProcessId));
    }
}
