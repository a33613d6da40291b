using System.Net;
using System.Net.Sockets;
using System.Text;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Attachments.Scanning;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Api.Tests.Attachments.Scanning;

/// <summary>Tests the scanner with a real clamd, and with scripted answers. Only the answer "OK" to a whole file accepts it.</summary>
public sealed class ClamAvScannerTests
{
    private const int Chunk = 64 * 1024;

    [Fact(Skip = ClamAv.Missing, SkipUnless = nameof(ClamAv.IsInstalled), SkipType = typeof(ClamAv))]
    public async Task Scan_ByClamAv_FindsAVirusAlsoBetweenTwoChunksOfTheFile()
    {
        await using var clamAv = await ClamAv.StartNewAsync();
        var virus = ClamAv.TestVirus();
        byte[][] infected = [virus, [.. new byte[Chunk - 10], .. virus], [.. new byte[Chunk - virus.Length], .. virus]];
        byte[][] clean = [[], [1], new byte[Chunk - 1], new byte[Chunk], new byte[Chunk + 1], new byte[ClamAv.StreamBytesMax], virus[1..]];

        foreach (var address in new[] { clamAv.Address, clamAv.UnixSocket })
        {
            foreach (var content in infected)
                (await ScanAsync(address, content)).ShouldBeTrue();
            foreach (var content in clean)
                (await ScanAsync(address, content)).ShouldBeFalse($"{content.Length} bytes");
        }
    }

    [Fact(Skip = ClamAv.Missing, SkipUnless = nameof(ClamAv.IsInstalled), SkipType = typeof(ClamAv))]
    public async Task Scan_ByClamAvOfManyFilesAtOnce_AnswersEach()
    {
        await using var clamAv = await ClamAv.StartNewAsync();

        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(number => ScanAsync(clamAv.Address, number % 3 == 0 ? ClamAv.TestVirus() : new byte[1000 * number])));

        results.ShouldBe(Enumerable.Range(0, 20).Select(number => number % 3 == 0));
    }

    /// <summary>Otherwise the part that clamd has read would be scanned instead of the file.</summary>
    [Fact(Skip = ClamAv.Missing, SkipUnless = nameof(ClamAv.IsInstalled), SkipType = typeof(ClamAv))]
    public async Task Scan_ByClamAvOfAFileAboveItsLimit_IsUnavailable()
    {
        await using var clamAv = await ClamAv.StartNewAsync();

        foreach (var length in new[] { ClamAv.StreamBytesMax + 1, 20 * ClamAv.StreamBytesMax })
            await Should.ThrowAsync<AttachmentUnavailableException>(() => ScanAsync(clamAv.Address, new byte[length]));
    }

    [Fact(Skip = ClamAv.Missing, SkipUnless = nameof(ClamAv.IsInstalled), SkipType = typeof(ClamAv))]
    public async Task Scan_WhileClamAvDoesNotAnswer_IsUnavailableInTime()
    {
        await using var clamAv = await ClamAv.StartNewAsync();
        await clamAv.PauseAsync();
        try
        {
            await Should.ThrowAsync<AttachmentUnavailableException>(() => ScanAsync(clamAv.Address, [1], TimeSpan.FromMilliseconds(300)));
        }
        finally
        {
            await clamAv.ResumeAsync();
        }

        (await ScanAsync(clamAv.Address, [1])).ShouldBeFalse();
    }

    [Fact]
    public async Task Scan_WithoutAScanner_ReadsNothing()
    {
        foreach (var address in new[] { null, "", " " })
        {
            using var content = new MemoryStream([1]);

            (await ScannerOf(address).IsInfectedAsync(default, content, TestContext.Current.CancellationToken)).ShouldBeFalse();

            content.Position.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData("127.0.0.1:1")]
    [InlineData("/nowhere/clamd.sock")]
    [InlineData("nowhere.invalid:3310")]
    public async Task Scan_WithoutAConnection_IsUnavailable(string address) =>
        await Should.ThrowAsync<AttachmentUnavailableException>(() => ScanAsync(address, [1]));

    [Theory]
    [InlineData("")]
    [InlineData("stream: OK")]
    [InlineData("stream: OKAY\0")]
    [InlineData("stream: ERROR\0")]
    [InlineData("stream: OK FOUND ERROR\0")]
    [InlineData("OK\0")]
    [InlineData("FOUND\0")]
    [InlineData("UNKNOWN COMMAND\0")]
    [InlineData("COMMAND READ TIMED OUT\0")]
    public async Task Scan_WithAnAnswerOtherThanAResult_IsUnavailable(string answer) =>
        await Should.ThrowAsync<AttachmentUnavailableException>(() => ScanByAsync(answer));

    [Theory]
    [InlineData("stream: OK\0", false)]
    [InlineData("stream: Win.Test.EICAR_HDB-1 FOUND\0", true)]
    [InlineData("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", true)]
    public async Task Scan_WithAResult_ReturnsIt(string answer, bool isInfected) => (await ScanByAsync(answer)).ShouldBe(isInfected);

    [Fact]
    public async Task Scan_OfALargeFile_MayTakeLonger()
    {
        var content = new byte[20 * 1024 * 1024];

        (await ScanByAsync("stream: OK\0", content, wait: TimeSpan.FromSeconds(1), pause: TimeSpan.FromSeconds(1.5))).ShouldBeFalse();
    }

    [Fact]
    public async Task Scan_ThatIsCanceled_EndsAsCanceled()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        await Should.ThrowAsync<OperationCanceledException>(() => ScannerOf($"{listener.LocalEndpoint}")
            .IsInfectedAsync(default, new MemoryStream([1]), new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("clamav:3310", true)]
    [InlineData("10.0.0.1:3310", true)]
    [InlineData("[::1]:3310", true)]
    [InlineData("/run/clamav/clamd.ctl", true)]
    [InlineData("clamav", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("clamav:0", false)]
    [InlineData("clamav:65536", false)]
    [InlineData("clamav:port", false)]
    [InlineData("http://clamav:3310", false)]
    [InlineData("run/clamd.ctl", false)]
    [InlineData(":3310", false)]
    public void Address_OfAText_IsAHostWithAPortOrAPath(string text, bool isValid)
    {
        var options = new ScannerOptions { ClamAv = text };

        options.Validate(new(options)).Any().ShouldBe(!isValid);
        (options.Address is not null).ShouldBe(isValid);
    }

    private static ClamAvScanner ScannerOf(string? address, TimeSpan? wait = null) =>
        new(Options.Create(new ScannerOptions { ClamAv = address }), NullLogger<ClamAvScanner>.Instance) { Wait = wait ?? TimeSpan.FromSeconds(30) };

    private static Task<bool> ScanAsync(string address, byte[] content, TimeSpan? wait = null) => ScannerOf(address, wait)
        .IsInfectedAsync((AttachmentId)Guid.CreateVersion7(), new MemoryStream(content), TestContext.Current.CancellationToken);

    /// <summary>Scans a file with a server that reads it and then sends an answer. Fails if the request is not that of clamd.</summary>
    private static Task<bool> ScanByAsync(string answer) => ScanByAsync(answer, [1, 2, 3]);

    /// <param name="wait">How long a scan may take.</param>
    /// <param name="pause">How long the server waits before its answer.</param>
    private static async Task<bool> ScanByAsync(string answer, byte[] content, TimeSpan? wait = null, TimeSpan pause = default)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();
        try
        {
            return await ScanAsync($"{listener.LocalEndpoint}", content, wait);
        }
        finally
        {
            listener.Stop();
            await serving;
        }

        async Task ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            var stream = client.GetStream();
            byte[] expected =
            [
                .. "zINSTREAM\0"u8,
                .. content.Chunk(Chunk).SelectMany(part => (byte[])[0, (byte)(part.Length >> 16), (byte)(part.Length >> 8), (byte)part.Length, .. part]),
                0, 0, 0, 0,
            ];
            var received = new byte[expected.Length];
            await stream.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
            received.AsSpan().SequenceEqual(expected).ShouldBeTrue();
            await Task.Delay(pause, TestContext.Current.CancellationToken);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
            client.Client.Shutdown(SocketShutdown.Send);
            (await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken)).ShouldBe(0, "bytes after the end of the file");
        }
    }
}
