using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CleanMessaging.Tests.Support;
using CleanMessaging.WebApi.Limits;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>
/// Tests the limits on TCP connections, which are counted when they are accepted. The tests use several addresses of the loopback network.
/// </summary>
public sealed class SocketLimitTests(TestPostgres postgres)
{
    private const string Live = "/health/live";

    [Fact]
    public async Task Sockets_SilentOnesOfOneAddress_DoNotAffectOthers()
    {
        await using var server = await StartAsync(("Limits:Sockets", "300"));
        var investor = await server.RegisterInvestorAsync();
        var (quiet, _) = await RequestsAsync(server, investor);
        var sockets = await ConnectAsync(server, "127.0.0.2", 330);

        var (attacked, statuses) = await RequestsAsync(server, investor);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"median of 40 requests: {quiet:0.0} ms without, {attacked:0.0} ms with 330 sockets");
        statuses.ShouldAllBe(status => status == HttpStatusCode.OK);
        attacked.ShouldBeLessThan(3 * Math.Max(quiet, 20));
        (await AskAsync(server, "127.0.0.2", Live)).ShouldBeNull();
        (await AskAsync(server, "127.0.0.3", Live)).ShouldNotBeNull().ShouldStartWith("HTTP/1.1 200");
        sockets.ForEach(socket => socket.Dispose());
        await Eventually.TrueAsync(async () => await AskAsync(server, "127.0.0.2", Live) is not null, "their places are free again");
    }

    [Fact]
    public async Task Sockets_OneMoreThanAnAddressMayHave_IsClosedUntilOneEnds()
    {
        await using var server = await StartAsync(("Limits:SocketsPerAddress", "5"));
        var sockets = await ConnectAsync(server, "127.0.0.2", 5);

        // The server counts connections in any order, so each of these is used before another one follows.
        foreach (var socket in sockets)
            (await AskAsync(socket, Live)).ShouldNotBeNull();

        (await AskAsync(server, "127.0.0.2", Live)).ShouldBeNull();
        (await AskAsync(server, "127.0.0.3", Live)).ShouldNotBeNull();

        sockets[0].Dispose();
        await Eventually.TrueAsync(async () => await AskAsync(server, "127.0.0.2", Live) is not null, "a place is free again");
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Sockets_InParallel_AreAsManyAsAnAddressMayHave()
    {
        await using var server = await StartAsync(("Limits:SocketsPerAddress", "5"));

        var sockets = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ConnectAsync(server, "127.0.0.2")));
        var open = await Task.WhenAll(sockets.Select(socket => IsOpenAsync(socket)));

        open.Count(one => one).ShouldBe(5);
        foreach (var socket in sockets)
            socket.Dispose();
    }

    [Fact]
    public async Task Sockets_OfAKnownProxy_AreNotCountedByAddress()
    {
        await using var server = await StartAsync(("Limits:SocketsPerAddress", "2"), ("Proxies:Known:0", "127.0.0.2"));
        var sockets = await ConnectAsync(server, "127.0.0.2", 10);

        (await AskAsync(server, "127.0.0.2", Live)).ShouldNotBeNull();
        sockets.ForEach(socket => socket.Dispose());
    }

    [LongFact]
    public async Task Socket_ThatSendsNothing_IsClosedInTime()
    {
        await using var server = await StartAsync(("Limits:FirstByteTime", "00:00:01"));
        using var silent = await ConnectAsync(server, "127.0.0.1");
        using var speaking = await ConnectAsync(server, "127.0.0.1");
        await speaking.SendAsync("G"u8.ToArray());
        var started = Stopwatch.GetTimestamp();

        await Eventually.TrueAsync(async () => !await IsOpenAsync(silent), "the silent one is closed");

        Stopwatch.GetElapsedTime(started).ShouldBeInRange(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(4));
        (await IsOpenAsync(speaking)).ShouldBeTrue();
        await speaking.SendAsync(Encoding.ASCII.GetBytes($"ET {Live} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        (await ReadAsync(speaking)).ShouldNotBeNull().ShouldStartWith("HTTP/1.1 200");
    }

    [LongFact]
    public async Task Sockets_MoreThanTheServerTakes_AreServedHealthOnly()
    {
        await using var server = await StartAsync(("Limits:Sockets", "10"), ("Limits:SocketsInReserve", "4"));
        var sockets = await FillAsync(server);

        var rejection = (await AskAsync(server, "127.0.0.4", "/api/wallet")).ShouldNotBeNull();
        rejection.ShouldStartWith("HTTP/1.1 503");
        rejection.ShouldContain("server.busy");
        rejection.ShouldContain("Connection: close");
        (await AskAsync(server, "127.0.0.4", "/health/ready")).ShouldNotBeNull().ShouldStartWith("HTTP/1.1 200");
        var live = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AskAsync(server, "127.0.0.4", Live)));
        live.ShouldAllBe(answer => answer != null && answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal));

        sockets[0].Dispose();
        await Eventually.TrueAsync(
            async () =>
                (await AskAsync(server, "127.0.0.4", "/api/wallet"))!.StartsWith("HTTP/1.1 401", StringComparison.Ordinal),
                "a place is free again");
        sockets.ForEach(socket => socket.Dispose());
    }

    [LongFact]
    public async Task Reserve_FullOfSilentSockets_ClosesTheOldestForANewOne()
    {
        await using var server = await StartAsync(("Limits:Sockets", "10"), ("Limits:SocketsInReserve", "2"));
        var sockets = await FillAsync(server);
        using var oldest = await ConnectAsync(server, "127.0.0.4");
        (await IsOpenAsync(oldest)).ShouldBeTrue();
        using var second = await ConnectAsync(server, "127.0.0.5");
        (await IsOpenAsync(second)).ShouldBeTrue();

        (await AskAsync(server, "127.0.0.6", Live)).ShouldNotBeNull().ShouldStartWith("HTTP/1.1 200");

        (await IsOpenAsync(oldest)).ShouldBeFalse();
        (await IsOpenAsync(second)).ShouldBeTrue();
        sockets.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", 2)]
    [InlineData("2001:db8:1:1::1", "2001:db8:1:2::1", 3)]
    [InlineData("2001:db8:1:1::1", "2001:db8:2:1::1", 4)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", 2)]
    [InlineData("192.0.2.1", "192.0.2.2", 4)]
    public void AddressCounts_OfTwoAddresses_CountThemByWhatTheyHaveInCommon(string one, string other, int shared)
    {
        var counts = new AddressCounts(perAddress: 2, perSite: 3);
        IPAddress[] addresses = [IPAddress.Parse(one), IPAddress.Parse(other)];

        addresses.SelectMany(address => (IPAddress[])[address, address, address])
            .Count(address => counts.TryEnter(address) == AddressCounts.Outcome.Entered)
            .ShouldBe(shared);

        counts.Leave(addresses[0]);
        counts.TryEnter(addresses[0]).ShouldBe(AddressCounts.Outcome.Entered);
    }

    private Task<ApiServer> StartAsync(params (string Key, string Value)[] settings) => ApiServer.StartAsync(
        postgres, settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value));

    /// <summary>Returns the median latency in milliseconds of 40 requests, each over a new connection, and their responses.</summary>
    private static async Task<(double Median, List<HttpStatusCode> Statuses)> RequestsAsync(ApiServer server, TestUser user)
    {
        var times = new List<double>();
        var statuses = new List<HttpStatusCode>();
        for (var number = 0; number < 40; number++)
        {
            using var client = server.CreateClient();
            client.DefaultRequestHeaders.Authorization = user.Client.DefaultRequestHeaders.Authorization;
            var started = Stopwatch.GetTimestamp();
            using var answer = await client.GetAsync("/api/wallet", Token);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            statuses.Add(answer.StatusCode);
        }

        return (times.Order().ElementAt(times.Count / 2), statuses);
    }

    /// <summary>Opens all the ordinary connections of a server with a limit of ten, from two addresses.</summary>
    private static async Task<List<Socket>> FillAsync(ApiServer server)
    {
        List<Socket> sockets = [.. await ConnectAsync(server, "127.0.0.2", 5), .. await ConnectAsync(server, "127.0.0.3", 5)];
        foreach (var socket in sockets)
            (await IsOpenAsync(socket)).ShouldBeTrue();

        return sockets;
    }

    private static async Task<List<Socket>> ConnectAsync(ApiServer server, string from, int count)
    {
        var sockets = new List<Socket>();
        for (var number = 0; number < count; number++)
            sockets.Add(await ConnectAsync(server, from));

        return sockets;
    }

    private static async Task<Socket> ConnectAsync(ApiServer server, string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, Token);
        }
        catch (SocketException)
        {
            // The server closed the connection immediately; its next use fails.
        }

        return socket;
    }

    /// <summary>
    /// Sends a request over a new connection and returns the response; null when the server closes the connection without a response.
    /// </summary>
    private static async Task<string?> AskAsync(ApiServer server, string from, string path)
    {
        using var socket = await ConnectAsync(server, from);

        return await AskAsync(socket, path);
    }

    private static async Task<string?> AskAsync(Socket socket, string path)
    {
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }
        catch (SocketException)
        {
            return null;
        }

        return await ReadAsync(socket);
    }

    private static async Task<string?> ReadAsync(Socket socket)
    {
        var buffer = new byte[8192];
        using var waitLimit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        waitLimit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            return await socket.ReceiveAsync(buffer, waitLimit.Token) is var length and > 0
                ? Encoding.UTF8.GetString(buffer, 0, length)
                : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Returns whether a new connection is still open after a moment.</summary>
    private static async Task<bool> IsOpenAsync(Socket socket)
    {
        using var moment = CancellationTokenSource.CreateLinkedTokenSource(Token);
        moment.CancelAfter(TimeSpan.FromMilliseconds(300));
        try
        {
            return await socket.ReceiveAsync(new byte[1], SocketFlags.Peek, moment.Token) > 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
