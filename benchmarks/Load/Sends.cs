namespace CleanMessaging.Benchmarks.Load;

/// <summary>How many sends a second, and what each costs: free, paid, all by one user, all in one conversation.</summary>
internal static class Sends
{
    private const int Connections = 32;
    private const int Pairs = 1_000;

    private static readonly string[] _columns = ["sends/s", "refused", "server us", "PostgreSQL us", "generator us", "p50 ms", "p99 ms"];

    public static async Task RunAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        (string Name, int Limit)[] kinds = [("free", Seed.Free), ("paid", 0), ("hot user", Seed.Free), ("hot conversation", Seed.Free)];
        foreach (var (kind, limit) in kinds.Where(kind => plan.Wants(kind.Name)))
        {
            var connectionString = await scene.CreateDatabaseAsync();
            var pairs = kind == "hot user"
                ? await Seed.ConversationsOfOneAsync(connectionString, Pairs, limit)
                : await Seed.PairsAsync(connectionString, Pairs, limit);
            await Scene.SettleAsync(connectionString);
            var targets = new List<Target>();
            foreach (var (name, assembly) in candidates)
                targets.Add(await Target.StartAsync(name, assembly, connectionString));

            foreach (var target in targets)
                await SendLoad.AsFastAsPossibleAsync(target, scene.Postmaster, Connections, Choose, plan.WarmUp);

            var table = new Table($"{kind} sends, {Connections} connections, closed loop", _columns);
            for (var round = 0; round < plan.Rounds; round++)
            {
                foreach (var target in targets)
                    table.Add(target.Name, Figures(await SendLoad.AsFastAsPossibleAsync(target, scene.Postmaster, Connections, Choose, plan.Time)));
            }

            table.Print("reference");
            foreach (var target in targets)
                await target.DisposeAsync();

            (Pair Pair, bool AsInvestor) Choose(int number) => kind switch
            {
                "hot user" => (pairs[number % pairs.Count], true),
                "hot conversation" => (pairs[0], number % 2 == 0),
                _ => (pairs[number * 7 % pairs.Count], number / pairs.Count % 2 == 0),
            };
        }
    }

    private static double[] Figures(SendResult result) =>
    [
        result.PerSecond,
        result.Refused,
        result.ServerCpu.TotalMicroseconds,
        result.DatabaseCpu.TotalMicroseconds,
        result.GeneratorCpu.TotalMicroseconds,
        result.MedianMs,
        result.P99Ms,
    ];
}
