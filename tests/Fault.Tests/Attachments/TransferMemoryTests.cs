using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Attachments;

/// <summary>Tests that transfers need little memory of the server, for files of any size. It is measured by the operating system.</summary>
public sealed class TransferMemoryTests(FaultPostgres postgres)
{
    private const long MiB = 1024 * 1024;
    private const int PartBytes = (int)(8 * MiB);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, string?> _settings = new()
    {
        ["Limits:UploadsAtOnce"] = "100",
        ["Limits:UploadsPerAddress"] = "100",
        ["Limits:UserUploadsAtOnce"] = "100",
        ["Attachments:MaxBytes"] = "1073741824",
        ["Attachments:UserBytes"] = "8589934592",
    };

    [LongFact]
    public async Task Upload_OfAGibibyteAndItsDownload_NeedAsMuchMemoryAsSmallOnes()
    {
        await using var servers = await AttachmentServers.StartAsync(postgres, count: 1, _settings);
        var (investor, _, conversationId) = await servers.RegisterPairAsync();
        var part = UploadSteps.Bytes(PartBytes);
        await TransferAsync(parts: 4);
        var before = await ResetPeakAsync(servers.One);

        var read = await TransferAsync(parts: 128);

        read.ShouldBe(1024 * MiB);
        (await PeakAsync(servers.One) - before).ShouldBeLessThan(100 * MiB);

        async Task<long> TransferAsync(int parts)
        {
            var id = await investor.BegunUploadAsync(conversationId, parts * (long)PartBytes);
            for (var index = 0; index < parts; index++)
                (await investor.PatchAsync(id, index * (long)PartBytes, part)).Expect(HttpStatusCode.NoContent);

            (await investor.CompleteAsync(id)).Expect(HttpStatusCode.OK);
            await using var content = await investor.Client.GetStreamAsync($"/api/attachments/{id}", Token);
            var (buffer, total) = (new byte[64 * 1024], 0L);
            while (await content.ReadAsync(buffer, Token) is > 0 and var count)
                total += count;

            return total;
        }
    }

    // Runs with no other test, because a server that gets too little time rejects some of the uploads.
    [LongFact(DisableParallelization = true)]
    public async Task Uploads_HundredAtOnce_NeedLittleMemoryEach()
    {
        // A user can have 20 open uploads.
        const int Users = 5;
        const int UploadsOfAUser = 20;
        await using var servers = await AttachmentServers.StartAsync(postgres, count: 1, _settings);
        var uploads = new List<(TestUser User, Guid Id)>();
        for (var index = 0; index < Users; index++)
        {
            var (user, _, conversationId) = await servers.RegisterPairAsync();
            for (var count = 0; count < UploadsOfAUser; count++)
                uploads.Add((user, await user.BegunUploadAsync(conversationId, PartBytes)));
        }

        await UploadAsync(uploads[..1]);
        var before = await ResetPeakAsync(servers.One);

        await UploadAsync(uploads[1..]);

        // A part has 8 MiB, of which at least 4 have arrived.
        (await PeakAsync(servers.One) - before).ShouldBeLessThan(Users * UploadsOfAUser * 2 * MiB);
    }

    /// <summary>Sends all parts at the same time: none ends before all of them have arrived by half.</summary>
    private static async Task UploadAsync(IReadOnlyList<(TestUser User, Guid Id)> uploads)
    {
        var parts = uploads.Select(_ => new HalvedPart()).ToList();
        var answers = uploads.Zip(parts, (upload, part) => upload.User.PatchAsync(upload.Id, 0, part)).ToList();
        await Task.WhenAll(parts.Select(part => part.FirstHalf)).WaitAsync(TimeSpan.FromMinutes(1), Token);
        parts.ForEach(part => part.SendSecondHalf());
        foreach (var answer in answers)
            (await answer).Expect(HttpStatusCode.NoContent);
    }

    /// <summary>Starts a new measurement of the peak; returns the memory that the server has now, in bytes.</summary>
    private static async Task<long> ResetPeakAsync(ApiProcess server)
    {
        await File.WriteAllTextAsync($"/proc/{server.ProcessId}/clear_refs", "5", Token);

        return await PeakAsync(server);
    }

    /// <summary>Returns the most memory that the server has had since the measurement started, in bytes.</summary>
    private static async Task<long> PeakAsync(ApiProcess server)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status", Token);
        var peak = lines.Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

        return long.Parse(peak[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>A part of which the second half is only sent when it is asked for.</summary>
    private sealed class HalvedPart : HttpContent
    {
        private static readonly byte[] _bytes = UploadSteps.Bytes(PartBytes);

        private readonly TaskCompletionSource _firstHalf = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _secondHalf = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HalvedPart() => Headers.ContentType = MediaTypeHeaderValue.Parse(UploadSteps.PartType);

        /// <summary>Ends when the operating system has taken the first half.</summary>
        public Task FirstHalf => _firstHalf.Task;

        public void SendSecondHalf() => _secondHalf.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_bytes.AsMemory(0, PartBytes / 2), Token);
            await stream.FlushAsync(Token);
            _firstHalf.SetResult();
            await _secondHalf.Task;
            await stream.WriteAsync(_bytes.AsMemory(PartBytes / 2), Token);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = PartBytes;

            return true;
        }
    }
}
