using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CleanMessaging.Fault.Tests.ManyServers;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Attachments;

/// <summary>Uploads with tus-js-client, the reference client of the protocol.</summary>
public sealed class TusClientTests(FaultPostgres postgres)
{
    private const long BytesBeforeCut = 3_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Skip = TusClient.Missing, SkipUnless = nameof(TusClient.IsInstalled), SkipType = typeof(TusClient))]
    public async Task Upload_WhoseConnectionsAreCut_ContinuesOnTheOtherServer()
    {
        const int Cuts = 4;
        var content = UploadSteps.Bytes(20_000_000);
        await using var servers = await AttachmentServers.StartAsync(postgres, count: 2);
        await using var relay = new CuttingRelay(Cuts, BytesBeforeCut, servers.One.Address, servers.Other.Address);
        var (investor, startup, conversationId) = await servers.RegisterPairAsync();
        var id = await investor.BegunUploadAsync(conversationId, content.Length);

        var responses = await TusClient.UploadAsync(new Uri(relay.Address, $"/api/uploads/{id}"), content, investor.AccessToken);

        relay.CutsLeft.ShouldBe(0);
        var resumed = responses.Where(response => response.Method == "HEAD").Select(response => response.Offset).ToList();
        resumed.Count.ShouldBeGreaterThan(Cuts);
        resumed.ShouldBe(resumed.Order());
        resumed[^1].ShouldBeGreaterThan(0, "What had arrived before a cut was kept.");

        // The client can ask for the offset before the server has stored what arrived before the cut. Then its next part does not fit.
        responses.ShouldAllBe(response => response.Status == 200 || response.Status == 204 || response.Status == 409);
        var completed = (await ServerPair.At(servers.Other, investor).CompleteAsync(id)).Expect(HttpStatusCode.OK);
        completed.Data.GetProperty("bytes").GetInt64().ShouldBe(content.Length);
        (await investor.SendAttachmentsAsync(conversationId, "", [id])).Expect(HttpStatusCode.Created);
        (await startup.Client.GetByteArrayAsync($"/api/attachments/{id}", Token)).ShouldBe(content);
    }

    private static class TusClient
    {
        public const string Missing = "node or tus-js-client is not installed: npm install --global tus-js-client@4.3.1";

        /// <summary>The folder of the package.</summary>
        private static readonly string? _packages = (Environment.GetEnvironmentVariable("NODE_PATH") ?? "")
            .Split(Path.PathSeparator)
            .Concat(["/usr/local/lib/node_modules", "/usr/lib/node_modules"])
            .FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "tus-js-client")));

        public static bool IsInstalled => _packages is not null && InstalledProgram.Find("node") is not null;

        /// <summary>Uploads a file; returns the responses of the server.</summary>
        public static async Task<IReadOnlyList<Response>> UploadAsync(Uri upload, byte[] content, string accessToken)
        {
            var file = Path.GetTempFileName();
            try
            {
                await File.WriteAllBytesAsync(file, content, Token);
                var start = new ProcessStartInfo(
                    "node", [Path.Combine(AppContext.BaseDirectory, "Attachments", "upload.cjs"), upload.AbsoluteUri, file, accessToken])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                };
                start.Environment["NODE_PATH"] = _packages;
                using var node = Process.Start(start)!;
                var errors = node.StandardError.ReadToEndAsync(Token);
                var output = await node.StandardOutput.ReadToEndAsync(Token);
                await node.WaitForExitAsync(Token);
                node.ExitCode.ShouldBe(0, $"{output}\n{await errors}");

                return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => JsonSerializer.Deserialize<Response>(line, JsonSerializerOptions.Web)!)];
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    private sealed record Response(string Method, int Status, long Offset);
}
