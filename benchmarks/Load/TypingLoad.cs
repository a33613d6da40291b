using System.Diagnostics;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures typing notifications for lists: 500 users type, and the other participants have their list of conversations open on one or
/// three devices, without having joined the conversation. The reference server has no typing notifications.
/// </summary>
internal static class TypingLoad
{
    private const int Pairs = 500;

    /// <summary>The number of measured calls of each user in a round. The first calls warm the server up.</summary>
    private const int Calls = 8;
    private const int WarmUpCalls = 2;

    /// <summary>The server ignores more than 5 calls of a connection in 5 seconds.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(1_050);

    private static readonly byte[] _typing = [.. "\"target\":\"Typing\""u8];

    public static async Task RunAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pairs = await Seed.PairsAsync(connectionString, Pairs, Seed.Free);
        await Scene.SettleAsync(connectionString);
        var targets = new List<Target>();
        foreach (var (name, assembly) in candidates.Where(candidate => candidate.Name != "reference"))
            targets.Add(await Target.StartAsync(name, assembly, connectionString));

        foreach (var devices in (int[])[1, 3])
        {
            var table = new Table(
                $"typing, {Pairs} users, lists on {devices} devices", "server us", "PostgreSQL us", "events", "bytes of an event");
            for (var round = 0; round <= plan.Rounds; round++)
            {
                foreach (var target in Plan.OrderOf(targets, round))
                {
                    var figures = await MeasureAsync(scene, target, pairs, devices);
                    if (round > 0)
                        table.Add(target.Name, figures);
                }
            }

            table.Print();
        }

        foreach (var target in targets)
            await target.DisposeAsync();
    }

    /// <summary>Returns the cost of a typing call with its deliveries.</summary>
    private static async Task<double[]> MeasureAsync(Scene scene, Target target, IReadOnlyList<Pair> pairs, int devices)
    {
        var (events, bytes) = (0, 0L);
        var lists = await Live.ConnectAllAsync(
            pairs.SelectMany(pair => Enumerable.Repeat(pair.StartupToken, devices)),
            token => LiveClient.ConnectAsync(target, token, conversationId: null, message =>
            {
                if (message.IndexOf(_typing) < 0)
                    return;

                Interlocked.Increment(ref events);
                Interlocked.Add(ref bytes, message.Length + 1);
            }));
        var typists = await Live.ConnectAllAsync(
            pairs, pair => LiveClient.ConnectAsync(target, pair.InvestorToken, pair.ConversationId, _ => { }));
        for (var call = 0; call < WarmUpCalls; call++)
            await TypeAsync(typists, pairs, isTyping: call % 2 == 0);
        Interlocked.Exchange(ref events, 0);
        Interlocked.Exchange(ref bytes, 0);
        var server = CpuMeter.OfProcess(target.ProcessId);
        var database = CpuMeter.OfFamily(scene.Postmaster);
        for (var call = 0; call < Calls; call++)
            await TypeAsync(typists, pairs, isTyping: call % 2 == 0);

        double[] figures =
        [
            (CpuMeter.OfProcess(target.ProcessId) - server).TotalMicroseconds / (Calls * Pairs),
            (CpuMeter.OfFamily(scene.Postmaster) - database).TotalMicroseconds / (Calls * Pairs),
            (double)events / (Calls * Pairs),
            (double)bytes / Math.Max(1, events),
        ];
        foreach (var client in lists.Concat(typists))
            await client.DisposeAsync();

        return figures;
    }

    /// <summary>Every user calls once, evenly spread over the interval.</summary>
    private static async Task TypeAsync(IReadOnlyList<LiveClient> typists, IReadOnlyList<Pair> pairs, bool isTyping)
    {
        var clock = Stopwatch.StartNew();
        foreach (var (typist, pair, number) in typists.Zip(pairs, Enumerable.Range(0, Pairs)))
        {
            var wait = (_interval * number / Pairs) - clock.Elapsed;
            if (wait > TimeSpan.FromMilliseconds(1))
                await Task.Delay(wait);
            await typist.TypeAsync(pair.ConversationId, isTyping);
        }

        if (_interval - clock.Elapsed is var rest && rest > TimeSpan.Zero)
            await Task.Delay(rest);
    }
}
