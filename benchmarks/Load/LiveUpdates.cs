using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures live updates as users cause them: each message is delivered to both participants, is marked as read, and updates both lists of
/// conversations. Also measures many clients that connect and join at the same time, and the memory of each.
/// </summary>
internal static class LiveUpdates
{
    private const int Pairs = 500;
    private const int JoinedClients = 10_000;
    private const int FurtherClients = 4_000;

    /// <summary>
    /// At a low rate it takes this long until .NET has compiled the code of a message and of its receipt with all optimizations.
    /// </summary>
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(30);

    private static readonly byte[] _newMessage = [.. "\"target\":\"NewMessage\""u8];
    private static readonly byte[] _listEvent = [.. "\"target\":\"ConversationUpdated\""u8];
    private static readonly byte[] _messageId = [.. "\"message\":{\"id\":\""u8];
    private static readonly byte[] _text = [.. "\"content\":\"at "u8];

    /// <summary>Opens 1,000 connections in 500 conversations and sends at a fixed rate.</summary>
    /// <param name="marksRead">Whether each recipient marks a message as read, once a second at most.</param>
    public static async Task AtRateAsync(
        Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan, int perSecond, bool marksRead)
    {
        var table = new Table(
            $"live {(marksRead ? "updates" : "messages that no one marks as read")}, 1,000 connections, {perSecond:#,##0} sends/s",
            "server us",
            "PostgreSQL us",
            "p50 ms",
            "p99 ms",
            "lost",
            "list events",
            "receipts");
        var started = new List<(Target Target, IReadOnlyList<Pair> Pairs)>();
        foreach (var (name, assembly) in candidates)
        {
            var connectionString = await scene.CreateDatabaseAsync();
            var pairs = await Seed.PairsAsync(connectionString, Pairs, Seed.Free);
            await Scene.SettleAsync(connectionString);
            started.Add((await Target.StartAsync(name, assembly, connectionString, withListEvents: true), pairs));
        }

        foreach (var (target, pairs) in started)
            await RunAsync(scene, target, pairs, perSecond, marksRead, _warmUp);

        for (var round = 0; round < plan.Rounds; round++)
        {
            foreach (var (target, pairs) in Plan.OrderOf(started, round))
                table.Add(target.Name, await RunAsync(scene, target, pairs, perSecond, marksRead, plan.Time));
        }

        table.Print("reference");
        foreach (var (target, _) in started)
            await target.DisposeAsync();
    }

    /// <summary>
    /// Measures the memory of 10,000 clients that have joined a conversation each, and the time until 4,000 more have connected and joined
    /// at once.
    /// </summary>
    public static async Task JoinsAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates)
    {
        var table = new Table(
            "clients that connect and join at once", "KB per client", "seconds for 4,000 more", "server us per join", "PostgreSQL us");
        foreach (var (name, assembly) in candidates)
        {
            var connectionString = await scene.CreateDatabaseAsync();
            var pairs = await Seed.PairsAsync(connectionString, (JoinedClients + FurtherClients) / 2, Seed.Free);
            await Scene.SettleAsync(connectionString);
            await using var target = await Target.StartAsync(name, assembly, connectionString);
            var all = pairs.SelectMany(
                pair => new[] { (pair.InvestorToken, pair.ConversationId), (pair.StartupToken, pair.ConversationId) }).ToList();

            // The first clients warm the server up, so that the memory of compiled code does not count.
            const int Warm = 500;
            var clients = new ConcurrentBag<LiveClient>();
            using var ending = new CancellationTokenSource();
            var pinging = PingAsync(clients, ending.Token);
            await Live.ConnectAllAsync(all.Take(Warm), Connect);
            await Task.Delay(TimeSpan.FromSeconds(3));
            var before = target.ResidentBytes;
            await Live.ConnectAllAsync(all.Skip(Warm).Take(JoinedClients - Warm), Connect);
            await Task.Delay(TimeSpan.FromSeconds(10));
            var bytes = target.ResidentBytes - before;

            var meter = (Server: CpuMeter.OfProcess(target.ProcessId), Database: CpuMeter.OfFamily(scene.Postmaster));
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(all.Skip(JoinedClients).Select(Connect));
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            table.Add(
                name,
                bytes / 1024.0 / (JoinedClients - Warm),
                seconds,
                (CpuMeter.OfProcess(target.ProcessId) - meter.Server).TotalMicroseconds / FurtherClients,
                (CpuMeter.OfFamily(scene.Postmaster) - meter.Database).TotalMicroseconds / FurtherClients);
            await ending.CancelAsync();
            await pinging;
            foreach (var client in clients)
                await client.DisposeAsync();

            async Task<LiveClient> Connect((string Token, Guid ConversationId) one)
            {
                var client = await LiveClient.ConnectAsync(target, one.Token, one.ConversationId, _ => { });
                clients.Add(client);

                return client;
            }
        }

        table.Print("reference");
    }

    /// <summary>Keeps the connections open: the server closes one that sends nothing for 30 seconds.</summary>
    private static async Task PingAsync(ConcurrentBag<LiveClient> clients, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            await Task.WhenAll(clients.Select(client => client.PingAsync()));
            await Task.Delay(TimeSpan.FromSeconds(8), ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<double[]> RunAsync(
        Scene scene, Target target, IReadOnlyList<Pair> pairs, int perSecond, bool marksRead, TimeSpan time)
    {
        var latencies = new Latencies();
        var counts = new int[(int)(perSecond * time.TotalSeconds) + 1];
        var clock = Stopwatch.StartNew();
        var lists = 0;
        var receipts = 0;
        var clients = await Live.ConnectAllAsync(
            pairs.SelectMany(pair => new[] { (pair, pair.InvestorToken, false), (pair, pair.StartupToken, true) }), ConnectAsync);
        using var sender = new Sender(target.Address, 512);
        Interlocked.Exchange(ref lists, 0);
        var server = CpuMeter.OfProcess(target.ProcessId);
        var database = CpuMeter.OfFamily(scene.Postmaster);
        var began = clock.Elapsed;
        var sends = new List<Task>();
        for (var number = 0; number < counts.Length; number++)
        {
            var due = began + TimeSpan.FromSeconds(number / (double)perSecond);
            var wait = due - clock.Elapsed;
            if (wait > TimeSpan.FromMilliseconds(1))
                await Task.Delay(wait);
            sends.Add(sender.SendAsync(pairs[number * 7 % pairs.Count], asInvestor: true, $"at {due.Ticks} {number} ."));
        }

        await Task.WhenAll(sends);
        var waited = Stopwatch.StartNew();
        while (counts.Any(count => count == 0) && waited.Elapsed < TimeSpan.FromSeconds(5))
            await Task.Delay(20);
        double[] figures =
        [
            (CpuMeter.OfProcess(target.ProcessId) - server).TotalMicroseconds / counts.Length,
            (CpuMeter.OfFamily(scene.Postmaster) - database).TotalMicroseconds / counts.Length,
            latencies.Percentile(0.5),
            latencies.Percentile(0.99),
            counts.Count(count => count == 0),
            (double)lists / counts.Length,
            (double)receipts / counts.Length,
        ];
        foreach (var client in clients)
            await client.DisposeAsync();

        return figures;

        async Task<LiveClient> ConnectAsync((Pair Pair, string Token, bool IsRecipient) one)
        {
            LiveClient? own = null;
            var lastRead = TimeSpan.FromSeconds(-1);
            own = await LiveClient.ConnectAsync(target, one.Token, one.Pair.ConversationId, message =>
            {
                if (message.IndexOf(_listEvent) >= 0)
                {
                    Interlocked.Increment(ref lists);
                    return;
                }

                var text = message.IndexOf(_text);
                if (!one.IsRecipient || text < 0 || message.IndexOf(_newMessage) < 0)
                    return;

                var now = clock.Elapsed;
                var rest = message[(text + _text.Length)..];
                if (!Utf8Parser.TryParse(rest, out long due, out var length)
                    || !Utf8Parser.TryParse(rest[(length + 1)..], out int number, out _))
                {
                    return;
                }

                latencies.Add(now - TimeSpan.FromTicks(due));
                Interlocked.Increment(ref counts[number]);
                if (own is null
                    || !marksRead
                    || now - lastRead < TimeSpan.FromSeconds(1)
                    || !Utf8Parser.TryParse(message[(message.IndexOf(_messageId) + _messageId.Length)..], out Guid id, out _))
                {
                    return;
                }

                lastRead = now;
                own.MarkRead(one.Pair.ConversationId, id);
                Interlocked.Increment(ref receipts);
            });

            return own;
        }
    }
}
