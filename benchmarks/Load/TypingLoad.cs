using System.Diagnostics;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures typing notifications for lists: 500 users type as a person does, and the other participants have their list of conversations
/// open on one or three devices, with another conversation or none in front. The reference server has no typing notifications.
/// </summary>
internal static class TypingLoad
{
    private const int Pairs = 500;

    /// <summary>A client sends the same state every 4 seconds.</summary>
    private static readonly TimeSpan _renewal = TimeSpan.FromSeconds(4);

    private static readonly byte[] _typing = [.. "\"target\":\"Typing\""u8];

    public static async Task RunAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        foreach (var devices in (int[])[1, 3])
        {
            var table = new Table(
                $"typing, {Pairs} users, lists on {devices} devices each", "server us", "PostgreSQL us", "events", "bytes of an event");
            foreach (var (name, assembly) in candidates.Where(candidate => candidate.Name != "reference"))
            {
                var connectionString = await scene.CreateDatabaseAsync();
                var pairs = await Seed.PairsAsync(connectionString, Pairs, Seed.Free);
                await Scene.SettleAsync(connectionString);
                await using var target = await Target.StartAsync(name, assembly, connectionString);
                for (var round = 0; round < plan.Rounds; round++)
                    table.Add(name, await MeasureAsync(scene, target, pairs, devices));
            }

            table.Print();
        }
    }

    /// <summary>Returns the cost of a typing call with its deliveries, after one call of each user that warms the server up.</summary>
    private static async Task<double[]> MeasureAsync(Scene scene, Target target, IReadOnlyList<Pair> pairs, int devices)
    {
        const int Calls = 3;
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
        await TypeAsync(typists, pairs);
        Interlocked.Exchange(ref events, 0);
        Interlocked.Exchange(ref bytes, 0);
        var server = CpuMeter.OfProcess(target.ProcessId);
        var database = CpuMeter.OfFamily(scene.Postmaster);
        for (var call = 0; call < Calls; call++)
            await TypeAsync(typists, pairs);

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

    /// <summary>Every user types once, evenly spread over the time between two calls of a client.</summary>
    private static async Task TypeAsync(IReadOnlyList<LiveClient> typists, IReadOnlyList<Pair> pairs)
    {
        var clock = Stopwatch.StartNew();
        foreach (var (typist, pair, number) in typists.Zip(pairs, Enumerable.Range(0, Pairs)))
        {
            var wait = (_renewal * number / Pairs) - clock.Elapsed;
            if (wait > TimeSpan.FromMilliseconds(1))
                await Task.Delay(wait);
            await typist.TypeAsync(pair.ConversationId);
        }

        if (_renewal - clock.Elapsed is var rest && rest > TimeSpan.Zero)
            await Task.Delay(rest);
    }
}
