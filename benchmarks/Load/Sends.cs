namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures sends per second and the cost of each: free, paid, all by one user, all in one conversation, through one server or two.
/// </summary>
internal static class Sends
{
    private const int Connections = 32;
    private const int Pairs = 1_000;

    private static readonly string[] _columns = ["sends/s", "rejected", "server us", "PostgreSQL us", "generator us", "p50 ms", "p99 ms"];

    public static async Task RunAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        (string Name, int Limit)[] kinds = [("free", Seed.Free), ("paid", 0), ("hot user", Seed.Free), ("hot conversation", Seed.Free)];
        foreach (var (kind, limit) in kinds.Where(kind => plan.Wants(kind.Name)))
            await RunAsync(scene, candidates, plan, kind, limit, servers: 1, Connections);
        if (plan.Wants("single"))
            await RunAsync(scene, candidates, plan, "free", Seed.Free, servers: 1, connections: 1);

        // Senders are chosen at random across both servers, to maximize contention between them.
        foreach (var (kind, limit) in kinds.Where(_ => plan.Wants("two servers")))
            await RunAsync(scene, candidates, plan, kind, limit, servers: 2, Connections);
    }

    private static async Task RunAsync(
        Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan, string kind, int limit, int servers, int connections)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pairs = kind == "hot user"
            ? await Seed.ConversationsOfOneAsync(connectionString, Pairs, limit)
            : await Seed.PairsAsync(connectionString, Pairs, limit);
        await Scene.SettleAsync(connectionString);
        await using var redis = servers > 1 ? Redis.Start() : null;
        var targets = new List<(string Name, IReadOnlyList<Target> Servers)>();
        foreach (var (name, assembly) in candidates)
        {
            var started = new List<Target>();
            for (var server = 0; server < servers; server++)
                started.Add(await Target.StartAsync(name, assembly, connectionString, redis?.ConnectionString));
            targets.Add((name, started));
        }

        foreach (var (_, started) in targets)
            await SendLoad.AsFastAsPossibleAsync(started, scene.Postmaster, connections, Choose, plan.WarmUp * servers);

        var where = servers > 1 ? $"{servers} servers, " : "";
        var table = new Table($"{kind} sends, {where}{connections} connections, closed loop", _columns);
        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var (name, started) in Plan.OrderOf(targets, round))
                table.Add(name, (await SendLoad.AsFastAsPossibleAsync(started, scene.Postmaster, connections, Choose, plan.Time)).Figures);
        }

        table.Print("reference");
        foreach (var target in targets.SelectMany(target => target.Servers))
            await target.DisposeAsync();

        (Pair Pair, bool AsInvestor) Choose(int number) => kind switch
        {
            "hot user" => (pairs[number % pairs.Count], true),
            "hot conversation" => (pairs[0], number % 2 == 0),
            _ when servers > 1 => (pairs[Random.Shared.Next(pairs.Count)], Random.Shared.Next(2) == 0),
            _ => (pairs[number * 7 % pairs.Count], number / pairs.Count % 2 == 0),
        };
    }
}
