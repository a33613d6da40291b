using System.Buffers.Text;
using System.Diagnostics;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures delivery over the hub: latency from send to delivery, lost and duplicate deliveries, and deliveries per second.
/// </summary>
internal static class Live
{
    private const int Pairs = 500;
    private const int Fans = 1_000;
    private const int IdleConnections = 5_000;

    /// <summary>The bytes that identify a frame with a new message, and the bytes before its text.</summary>
    private static readonly byte[] _newMessage = [.. "\"target\":\"NewMessage\""u8];
    private static readonly byte[] _text = [.. "\"content\":\"at "u8];

    /// <summary>Opens 1,000 connections in 500 conversations and sends in an open loop at 60% of the maximum rate.</summary>
    public static async Task DeliveriesAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pairs = await Seed.PairsAsync(connectionString, Pairs, Seed.Free);
        await Scene.SettleAsync(connectionString);
        var table = new Table(
            "send to delivery, 1,000 connections, open loop", "sends/s", "p50 ms", "p99 ms", "lost", "twice", "server us");
        var targets = new List<Target>();
        foreach (var (name, assembly) in candidates)
            targets.Add(await Target.StartAsync(name, assembly, connectionString));

        // Every candidate gets the same load: 60% of the maximum of the slowest.
        var most = double.MaxValue;
        foreach (var target in targets)
        {
            await SendLoad.AsFastAsPossibleAsync(target, scene.Postmaster, 32, number => (pairs[number % Pairs], true), plan.WarmUp);
            most = Math.Min(most, (await SendLoad.AsFastAsPossibleAsync(target, scene.Postmaster, 32, number => (pairs[number % Pairs], true), plan.Time)).PerSecond);
        }

        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var target in Plan.OrderOf(targets, round))
                table.Add(target.Name, await DeliverAsync(target, pairs, most * 0.6, plan.Time));
        }

        table.Print("reference");
        foreach (var target in targets)
            await target.DisposeAsync();
    }

    /// <summary>Opens 1,000 connections of one user in one conversation; the other user sends in a closed loop.</summary>
    public static async Task FanOutAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pair = (await Seed.PairsAsync(connectionString, 1, Seed.Free))[0];
        var table = new Table("fan-out to 1,000 connections", "deliveries/s", "server us each");
        var targets = new List<Target>();
        foreach (var (name, assembly) in candidates)
            targets.Add(await Target.StartAsync(name, assembly, connectionString));

        for (var round = 0; round <= plan.Rounds; round++)
        {
            foreach (var target in Plan.OrderOf(targets, round))
            {
                var delivered = 0L;
                var clients = await ConnectAllAsync(
                    Enumerable.Range(0, Fans),
                    _ => LiveClient.ConnectAsync(target, pair.StartupToken, pair.ConversationId, message =>
                {
                    if (message.IndexOf(_newMessage) >= 0)
                        Interlocked.Increment(ref delivered);
                }));
                using var sender = new Sender(target.Address, 4);
                var cpu = CpuMeter.OfProcess(target.ProcessId);
                var began = Stopwatch.GetTimestamp();
                Interlocked.Exchange(ref delivered, 0);
                var sent = 0;
                await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
                {
                    while (Stopwatch.GetElapsedTime(began) < plan.Time)
                    {
                        // Waits while a connection has more than 30 undelivered messages, because its buffer is bounded.
                        if (Interlocked.Read(ref delivered) < (Volatile.Read(ref sent) - 30L) * Fans)
                            await Task.Delay(1);
                        else if (await sender.SendAsync(pair, asInvestor: true, "at 0"))
                            Interlocked.Increment(ref sent);
                    }
                })));
                var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
                var each = (CpuMeter.OfProcess(target.ProcessId) - cpu).TotalMicroseconds / Math.Max(1, Interlocked.Read(ref delivered));
                if (round > 0)
                    table.Add(target.Name, Interlocked.Read(ref delivered) / seconds, each);
                foreach (var client in clients)
                    await client.DisposeAsync();
            }
        }

        table.Print("reference");
        foreach (var target in targets)
            await target.DisposeAsync();
    }

    /// <summary>Measures the memory of an idle connection.</summary>
    public static async Task IdleAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pairs = await Seed.PairsAsync(connectionString, IdleConnections / 2, Seed.Free);
        var table = new Table("5,000 idle connections", "KB each");
        foreach (var (name, assembly) in candidates)
        {
            await using var target = await Target.StartAsync(name, assembly, connectionString);
            var some = await ConnectAllAsync(pairs.Take(100), pair => LiveClient.ConnectAsync(target, pair.InvestorToken, null, _ => { }));
            await Task.Delay(TimeSpan.FromSeconds(3));
            var before = target.ResidentBytes;
            var clients = await ConnectAllAsync(
                pairs.SelectMany(pair => new[] { pair.InvestorToken, pair.StartupToken }), token =>
                    LiveClient.ConnectAsync(target, token, null, _ => { }));
            await Task.Delay(TimeSpan.FromSeconds(10));
            table.Add(name, (target.ResidentBytes - before) / 1024.0 / clients.Count);
            foreach (var client in clients.Concat(some))
                await client.DisposeAsync();
        }

        table.Print("reference");
    }

    private static async Task<double[]> DeliverAsync(Target target, IReadOnlyList<Pair> pairs, double perSecond, TimeSpan time)
    {
        var latencies = new Latencies();
        var counts = new int[(int)(perSecond * time.TotalSeconds) + 1];
        var clock = Stopwatch.StartNew();
        var clients = await ConnectAllAsync(
            pairs.SelectMany(pair => new[] { (pair, pair.InvestorToken, false), (pair, pair.StartupToken, true) }),
            connection =>
            LiveClient.ConnectAsync(target, connection.Item2, connection.pair.ConversationId, message =>
            {
                // Counts only deliveries to the receiver; the sender's own connection gets the message too.
                var text = message.IndexOf(_text);
                if (!connection.Item3 || text < 0 || message.IndexOf(_newMessage) < 0)
                    return;

                var rest = message[(text + _text.Length)..];
                if (Utf8Parser.TryParse(rest, out long due, out var length)
                    && Utf8Parser.TryParse(rest[(length + 1)..], out int number, out _))
                {
                    latencies.Add(clock.Elapsed - TimeSpan.FromTicks(due));
                    Interlocked.Increment(ref counts[number]);
                }
            }));
        using var sender = new Sender(target.Address, 512);
        var cpu = CpuMeter.OfProcess(target.ProcessId);
        var began = clock.Elapsed;
        var sends = new List<Task>();
        for (var number = 0; number < counts.Length; number++)
        {
            var due = began + TimeSpan.FromSeconds(number / perSecond);
            var wait = due - clock.Elapsed;
            if (wait > TimeSpan.FromMilliseconds(1))
                await Task.Delay(wait);
            sends.Add(sender.SendAsync(pairs[number % pairs.Count], asInvestor: true, $"at {due.Ticks} {number} ."));
        }

        await Task.WhenAll(sends);
        var waited = Stopwatch.StartNew();
        while (counts.Any(count => count == 0) && waited.Elapsed < TimeSpan.FromSeconds(5))
            await Task.Delay(20);
        var each = (CpuMeter.OfProcess(target.ProcessId) - cpu).TotalMicroseconds / counts.Length;
        foreach (var client in clients)
            await client.DisposeAsync();

        return [perSecond, latencies.Percentile(0.5), latencies.Percentile(0.99), counts.Count(count => count == 0), counts.Count(count => count > 1), each];
    }

    /// <summary>Opens the connections, 50 at a time, so that the server can keep up with the handshakes.</summary>
    public static async Task<IReadOnlyList<LiveClient>> ConnectAllAsync<T>(IEnumerable<T> whom, Func<T, Task<LiveClient>> connect)
    {
        var clients = new List<LiveClient>();
        foreach (var some in whom.Chunk(50))
            clients.AddRange(await Task.WhenAll(some.Select(connect)));

        return clients;
    }
}
