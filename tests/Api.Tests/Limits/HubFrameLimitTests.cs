using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>
/// Tests that the limit also counts frames that reach no hub method. A hub message in its own WebSocket frame counts twice.
/// </summary>
public sealed class HubFrameLimitTests(TestPostgres postgres)
{
    private const int Burst = 300;
    private const int UserBurst = 500;

    [Theory]
    [InlineData("""{"type":6}""")]
    [InlineData("""{"type":1,"invocationId":"1","target":"Nothing","arguments":[]}""")]
    [InlineData("""{"type":1,"invocationId":"1","target":"Join","arguments":[]}""")]
    [InlineData("""{"type":3,"invocationId":"1","result":1}""")]
    public async Task Frames_OfAnyKindBeyondTheBurst_CutTheConnectionAndAreLoggedOnce(string frame)
    {
        using var logs = new CapturedLogs();
        await using var server = await StartAsync(logs);
        var investor = await server.RegisterInvestorAsync();
        await using var few = await RawHubConnection.OpenAsync(server, investor);
        await using var flood = await RawHubConnection.OpenAsync(server, investor);
        for (var sent = 0; sent < 30; sent++)
            await few.SendAsync(frame);

        await SendUntilCutAsync(flood, frame, frame, Token);

        await flood.WaitForEndAsync();
        await few.SendAsync("""{"type":6}""");
        (await investor.GetAsync("/api/wallet")).Expect(HttpStatusCode.OK);
        logs.Lines.Count(
            line =>
                line.Level == LogLevel.Warning
                    && line.Text.StartsWith($"Limits:HubFrameBurst reached by user {investor.Id}", StringComparison.Ordinal))
            .ShouldBe(1);
        await Eventually.TrueAsync(
            () => server.Services.GetRequiredService<BoundedHubLifetimeManager>().ConnectionIds.Count == 1, "the other connection is open");
    }

    [Fact]
    public async Task Frames_OverManyConnections_AreCountedByUser()
    {
        using var logs = new CapturedLogs();
        await using var server = await StartAsync(logs);
        var investor = await server.RegisterInvestorAsync();
        var connections = new List<RawHubConnection>();
        for (var number = 0; number < 4; number++)
        {
            connections.Add(await RawHubConnection.ConnectAsync(server, investor));
            await SendUntilCutAsync(connections[^1], RawHubConnection.Handshake, """{"type":6}""", Token, frames: 100);
        }

        await connections[^1].WaitForEndAsync();

        await Eventually.TrueAsync(
            () => logs.Lines.Any(
                line => line.Text.StartsWith($"Limits:UserHubFrameBurst reached by user {investor.Id}", StringComparison.Ordinal)),
            "The limit of the user was not logged.");
        var startup = await server.RegisterStartupAsync();
        await using var other = await startup.ConnectAsync();
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task Pings_OfTheWebSocketItself_AreCounted()
    {
        using var logs = new CapturedLogs();
        await using var server = await StartAsync(logs);
        var investor = await server.RegisterInvestorAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, Token);
        await socket.SendAsync(WebSocketBytes.Upgrade(investor));
        await socket.SendAsync(WebSocketBytes.Text(RawHubConnection.Handshake));
        byte[] pings = [.. Enumerable.Repeat(WebSocketBytes.Ping(), 50).SelectMany(ping => ping)];

        // The buffers of both sockets take megabytes before the server has closed the connection.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        await Should.ThrowAsync<SocketException>(async () =>
        {
            while (true)
                await socket.SendAsync(pings, limit.Token);
        });

        logs.Lines.ShouldContain(line => line.Text.StartsWith("Limits:HubFrameBurst", StringComparison.Ordinal));
    }

    [LongFact]
    public async Task Flood_OfUnknownMethods_DoesNotAffectOthers()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var other = await startup.ConnectAsync();
        var quiet = await MedianJoinAsync(other, conversationId);
        using var ending = new CancellationTokenSource();
        var floods = Enumerable.Range(0, 3).Select(_ => Task.Run(
            async () =>
            {
                var opened = 0;
                while (!ending.IsCancellationRequested)
                    opened += await FloodOnceAsync(server, investor, ending.Token) ? 1 : 0;

                return opened;
            },
            Token)).ToList();

        var flooded = await MedianJoinAsync(other, conversationId);
        await ending.CancelAsync();
        (await Task.WhenAll(floods)).Sum().ShouldBeGreaterThan(0, "No connection of the flood was accepted.");

        TestContext.Current.TestOutputHelper?.WriteLine($"median of 100 joins: {quiet:0.0} ms without, {flooded:0.0} ms with the flood");
        // The flood runs on the same machine as the server.
        flooded.ShouldBeLessThan(3 * Math.Max(quiet, 50));
    }

    [Fact]
    public void Bucket_OfABurst_TakesAsManyAndFillsAgain()
    {
        var clock = new FakeTimeProvider();
        var bucket = new HubFrameLimit.FrameBucket(burst: 10, perSecond: 2, clock);

        Enumerable.Range(0, 11).Count(_ => bucket.TryTake(1)).ShouldBe(10);
        clock.Advance(TimeSpan.FromMilliseconds(500));
        bucket.TryTake(1).ShouldBeTrue();
        bucket.TryTake(1).ShouldBeFalse();
        clock.Advance(TimeSpan.FromHours(1));
        bucket.TryTake(11).ShouldBeFalse();
        bucket.TryTake(10).ShouldBeTrue();
    }

    [Fact]
    public async Task Bucket_InParallel_TakesNoMoreThanItHas()
    {
        var bucket = new HubFrameLimit.FrameBucket(burst: 1000, perSecond: 2, new FakeTimeProvider());

        var taken = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 500).Count(_ => bucket.TryTake(1)), Token)));

        taken.Sum().ShouldBe(1000);
    }

    private static async Task<double> MedianJoinAsync(TestConnection connection, Guid conversationId)
    {
        var times = new List<double>();
        for (var number = 0; number < 100; number++)
        {
            var started = Stopwatch.GetTimestamp();
            await connection.JoinAsync(conversationId);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await Task.Delay(10, Token);
        }

        return times.Order().ElementAt(times.Count / 2);
    }

    /// <summary>
    /// Opens a connection and calls an unknown method until the server closes it. Returns false if the server rejects the connection, as it
    /// may when it is overloaded: what counts is how long the other user waits.
    /// </summary>
    private static async Task<bool> FloodOnceAsync(ApiServer server, TestUser user, CancellationToken cancellationToken)
    {
        try
        {
            await using var flood = await RawHubConnection.ConnectAsync(server, user);
            await SendUntilCutAsync(
                flood,
                RawHubConnection.Handshake,
                """{"type":1,"invocationId":"1","target":"Nothing","arguments":[]}""",
                cancellationToken);

            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    private static async Task SendUntilCutAsync(
        RawHubConnection connection, string first, string frame, CancellationToken cancellationToken, int frames = 20_000)
    {
        try
        {
            await connection.SendAsync(first);
            for (var sent = 0; sent < frames && !cancellationToken.IsCancellationRequested; sent++)
                await connection.SendAsync(frame);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException)
        {
            // The server closed the connection while the client was sending.
        }
    }

    private Task<ApiServer> StartAsync(CapturedLogs logs) => ApiServer.StartAsync(
        postgres,
        new Dictionary<string, string?>
        {
            ["Limits:HubFrameBurst"] = $"{Burst}",
            ["Limits:HubFramesPerSecond"] = "10",
            ["Limits:UserHubFrameBurst"] = $"{UserBurst}",
            ["Limits:UserHubFramesPerSecond"] = "10",
        },
        services: logs.AddTo);

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
