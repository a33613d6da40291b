using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace CleanMessaging.Benchmarks.Load;

/// <summary>
/// Measures attachments: uploads and downloads next to a server that writes and sends a file as it is, the preparation of images, and sends
/// with an attachment next to those without one.
/// </summary>
internal static class AttachmentLoad
{
    private const int Megabyte = 1024 * 1024;
    private const int FileBytes = 8 * Megabyte;
    private const int Connections = 4;
    private const int Pairs = 200;
    private const int ImageWidth = 1600;
    private const int ImageHeight = 1200;

    private static readonly string[] _transferColumns = ["MB/s", "server ms per MB", "PostgreSQL ms per MB", "p50 ms", "p99 ms"];

    /// <summary>Measures uploads and downloads of 8 MB.</summary>
    public static async Task TransfersAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates, Plan plan)
    {
        // Earlier versions have no attachments.
        await using var stage = await StartAsync(scene, [.. candidates.Where(candidate => candidate.Name != "before")]);
        var content = new byte[FileBytes];
        new Random(1).NextBytes(content);
        var uploads = new Table($"uploads of {FileBytes / Megabyte} MB, {Connections} connections, closed loop", _transferColumns);
        var downloads = new Table($"downloads of {FileBytes / Megabyte} MB, {Connections} connections, closed loop", _transferColumns);
        for (var round = -1; round < plan.Rounds; round++)
        {
            foreach (var target in Plan.OrderOf(stage.Targets, round & 1))
            {
                using var client = ClientOf(target);
                var isReference = target.Name == "reference";
                var uploaded = new List<(Pair Pair, string Path)>();
                var up = await RunAsync(target, scene, plan.Time, stage.Pairs, async pair =>
                {
                    var path = isReference ? await StoreAsync(client, content) : $"/api/attachments/{await UploadAsync(client, pair, "file", content)}";
                    lock (uploaded)
                        uploaded.Add((pair, path));
                });
                var down = await RunAsync(target, scene, plan.Time, stage.Pairs, async pair =>
                {
                    var (owner, path) = uploaded[Random.Shared.Next(uploaded.Count)];
                    using var response = await SendAsync(client, owner.InvestorToken, HttpMethod.Get, path, null);
                    await response.Content.CopyToAsync(Stream.Null);
                });
                await ForgetAsync(client, uploaded);
                if (round >= 0)
                {
                    uploads.Add(target.Name, FiguresOf(up));
                    downloads.Add(target.Name, FiguresOf(down));
                }
            }
        }

        uploads.Print("reference");
        downloads.Print("reference");
    }

    /// <summary>Measures uploads of images, which the server decodes and encodes again.</summary>
    public static async Task ImagesAsync(Scene scene, string product, Plan plan)
    {
        await using var stage = await StartAsync(scene, [("product", product)]);
        var image = Png.Of(ImageWidth, ImageHeight);
        var table = new Table(
            $"images of {ImageWidth} × {ImageHeight} pixels (PNG, {(double)image.Length / Megabyte:0.0} MB), {Connections} connections, closed loop",
            "images/s", "p50 ms", "p99 ms");
        using var client = ClientOf(stage.Targets[0]);
        for (var round = -1; round < plan.Rounds; round++)
        {
            var result = await RunAsync(
                stage.Targets[0], scene, plan.Time, stage.Pairs, async pair => await UploadAsync(client, pair, "image", image));
            if (round >= 0)
                table.Add("product", result.PerSecond, result.MedianMs, result.P99Ms);
        }

        table.Print();
    }

    /// <summary>Measures sends with one attachment, which was uploaded before, next to sends without one.</summary>
    public static async Task SendsAsync(Scene scene, string product, Plan plan)
    {
        await using var stage = await StartAsync(scene, [("product", product)]);
        var (target, pairs) = (stage.Targets[0], stage.Pairs);
        var table = new Table(
            "sends of the product, 32 connections, closed loop", "sends/s", "server us", "PostgreSQL us", "p50 ms", "p99 ms");
        using var client = ClientOf(target);
        foreach (var round in Enumerable.Range(-1, plan.Rounds + 1))
        {
            foreach (var hasAttachment in Plan.OrderOf<bool>([false, true], round & 1))
            {
                var attachments = hasAttachment ? await AddAttachmentsAsync(stage.ConnectionString, pairs, (int)plan.Time.TotalSeconds * 40) : [];
                var number = 0;
                var result = await RunAsync(
                    target,
                    scene,
                    plan.Time,
                    pairs,
                    async _ =>
                    {
                        var next = Interlocked.Increment(ref number);
                        var (pair, ids) = hasAttachment
                            ? (attachments[next % attachments.Count].Pair, new[] { attachments[next % attachments.Count].Id })
                            : (pairs[next % pairs.Count], null);
                        using var response = await SendAsync(
                            client,
                            pair.InvestorToken,
                            HttpMethod.Post,
                            "/api/messages/send",
                            JsonContent.Create(new
                            {
                                conversationId = pair.ConversationId,
                                content = "A message of ordinary length, as people write it to each other.",
                                clientMessageId = Guid.CreateVersion7(),
                                attachmentIds = ids ?? [],
                            }));
                    },
                    connections: 32);
                if (round >= 0)
                {
                    table.Add(
                        hasAttachment ? "with an attachment" : "without",
                        result.PerSecond, result.ServerCpu.TotalMicroseconds, result.DatabaseCpu.TotalMicroseconds, result.MedianMs, result.P99Ms);
                }
            }
        }

        table.Print("without");
    }

    private static double[] FiguresOf(LoadResult result)
    {
        const double MegabytesEach = (double)FileBytes / Megabyte;

        return
        [
            result.PerSecond * MegabytesEach,
            result.ServerCpu.TotalMilliseconds / MegabytesEach,
            result.DatabaseCpu.TotalMilliseconds / MegabytesEach,
            result.MedianMs,
            result.P99Ms,
        ];
    }

    private static async Task<LoadResult> RunAsync(
        Target target, Scene scene, TimeSpan time, IReadOnlyList<Pair> pairs, Func<Pair, Task> run, int connections = Connections)
    {
        var latencies = new Latencies();
        var number = 0;
        var meters = new Meters([target], scene.Postmaster);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            while (meters.Elapsed < time)
            {
                var began = Stopwatch.GetTimestamp();
                await run(pairs[Interlocked.Increment(ref number) % pairs.Count]);
                latencies.Add(Stopwatch.GetElapsedTime(began));
            }
        })));

        return meters.Result(latencies, rejected: 0);
    }

    private static async Task<string> StoreAsync(HttpClient client, byte[] content)
    {
        var path = $"/files/{Guid.CreateVersion7()}";
        using var response = await SendAsync(client, null, HttpMethod.Put, path, new ByteArrayContent(content));

        return path;
    }

    private static async Task<Guid> UploadAsync(HttpClient client, Pair pair, string kind, byte[] content)
    {
        using var begun = await SendAsync(
            client,
            pair.InvestorToken,
            HttpMethod.Post,
            "/api/uploads",
            JsonContent.Create(new
            {
                clientUploadId = Guid.CreateVersion7(),
                conversationId = pair.ConversationId,
                kind,
                name = "file.bin",
                bytes = content.Length,
            }));
        var id = (await begun.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("id").GetGuid();
        var part = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        (await SendAsync(client, pair.InvestorToken, HttpMethod.Patch, $"/api/uploads/{id}", part)).Dispose();
        (await SendAsync(client, pair.InvestorToken, HttpMethod.Post, $"/api/uploads/{id}/complete", JsonContent.Create(new { }))).Dispose();

        return id;
    }

    /// <summary>Deletes the files, so that the folder does not grow from round to round.</summary>
    private static async Task ForgetAsync(HttpClient client, IEnumerable<(Pair Pair, string Path)> uploaded)
    {
        foreach (var (pair, path) in uploaded)
        {
            (await SendAsync(
                client, pair.InvestorToken, HttpMethod.Delete, path.Replace("/api/attachments/", "/api/uploads/", StringComparison.Ordinal), null)).Dispose();
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string? token, HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method == HttpMethod.Patch)
            request.Headers.Add("Upload-Offset", "0");
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");

        return response;
    }

    private static HttpClient ClientOf(Target target) => new() { BaseAddress = target.Address };

    /// <summary>Inserts attachments that can be sent, in the order of the pairs.</summary>
    private static async Task<IReadOnlyList<(Pair Pair, Guid Id)>> AddAttachmentsAsync(string connectionString, IReadOnlyList<Pair> pairs, int each)
    {
        var added = Enumerable.Range(0, pairs.Count * each).Select(number => (Pair: pairs[number % pairs.Count], Id: Guid.CreateVersion7())).ToList();
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand(
            """
            INSERT INTO attachments (id, uploader_id, conversation_id, client_upload_id, kind, name, declared_bytes, received_bytes, state, content_type, bytes,
                                     encrypted_key, object_id, created_at, remove_at)
            SELECT id, uploader, conversation, gen_random_uuid(), 0, 'plan.pdf', 1000, 1000, 1, 'application/octet-stream', 1000, '\x01', gen_random_uuid(), now(),
                   now() + interval '1 day'
            FROM unnest($1, $2, $3) AS new(id, uploader, conversation)
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = added.Select(one => one.Id).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = added.Select(one => one.Pair.InvestorId).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = added.Select(one => one.Pair.ConversationId).ToArray() });
        await command.ExecuteNonQueryAsync();

        return added;
    }

    private static async Task<Stage> StartAsync(Scene scene, IReadOnlyList<(string Name, string Assembly)> candidates)
    {
        var connectionString = await scene.CreateDatabaseAsync();
        var pairs = await Seed.PairsAsync(connectionString, Pairs, Seed.Free);
        await Scene.SettleAsync(connectionString);
        var folder = Directory.CreateTempSubdirectory("attachments-");
        var settings = new Dictionary<string, string>
        {
            ["Attachments__Folder"] = folder.FullName,
            ["Attachments__UserBytes"] = "1099511627776",
            ["Encryption__ActiveKey"] = "benchmark",
            ["Encryption__Keys__0__Id"] = "benchmark",
            ["Encryption__Keys__0__Value"] = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)),
            ["Reference__Folder"] = folder.FullName,
            ["Limits__UserRequestsAtOnce"] = "1000",
        };
        var targets = new List<Target>();
        foreach (var (name, assembly) in candidates)
            targets.Add(await Target.StartAsync(name, assembly, connectionString, settings: settings));

        return new Stage(connectionString, pairs, targets, folder);
    }

    /// <summary>The servers of a run, their database, and the folder of their files.</summary>
    private sealed record Stage(string ConnectionString, IReadOnlyList<Pair> Pairs, IReadOnlyList<Target> Targets, DirectoryInfo Folder)
        : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var target in Targets)
                await target.DisposeAsync();
            Folder.Delete(recursive: true);
        }
    }
}
