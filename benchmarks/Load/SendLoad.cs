using System.Diagnostics;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>Generates sends, in a closed loop or at a given rate.</summary>
internal static class SendLoad
{
    private const string Text = "Shall we talk about the second round on Thursday, before the board meets?";

    /// <summary>
    /// Sends in a closed loop: each connection sends its next message after the response to the last one. Measures the maximum rate.
    /// </summary>
    /// <param name="choose">Chooses the sender and conversation of a send by its number.</param>
    public static Task<LoadResult> AsFastAsPossibleAsync(
        Target target, int postmaster, int connections, Func<int, (Pair Pair, bool AsInvestor)> choose, TimeSpan time) =>
        AsFastAsPossibleAsync([target], postmaster, connections, choose, time);

    /// <summary>Sends in a closed loop to several servers, with the same number of connections to each.</summary>
    public static async Task<LoadResult> AsFastAsPossibleAsync(
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
    public static async Task<LoadResult> AtRateAsync(
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
}
