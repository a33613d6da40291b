using System.Net;
using System.Net.WebSockets;
using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class ConnectionLimitTests(TestPostgres postgres, ConnectionLimitTests.FewConnections fixture)
    : IClassFixture<ConnectionLimitTests.FewConnections>
{
    private const int PerUser = 3;

    [Fact]
    public async Task Connections_OneMoreThanAUserMayHave_IsRejectedUntilOneEnds()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);
        var sockets = await OpenAsync(fixture.Server, investor, PerUser);

        (await TryOpenAsync(fixture.Server, investor)).Status.ShouldBe(HttpStatusCode.TooManyRequests);
        (await ErrorAsync(investor)).ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.connections");

        await sockets[0].CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        await Eventually.TrueAsync(
            async () => (await KeepAsync(sockets, fixture.Server, investor)) == HttpStatusCode.SwitchingProtocols, "a place is free again");
        (await TryOpenAsync(fixture.Server, investor)).Status.ShouldBe(HttpStatusCode.TooManyRequests);

        // The same for a connection that breaks without a close message.
        sockets[1].Abort();
        await Eventually.TrueAsync(
            async () => (await KeepAsync(sockets, fixture.Server, investor)) == HttpStatusCode.SwitchingProtocols, "a place is free again");
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Connections_InParallel_AreAsManyAsAUserMayHave()
    {
        var investor = await fixture.RegisterAsync(UserRole.Investor);

        var attempts = await Task.WhenAll(Enumerable.Range(1, 50).Select(_ => TryOpenAsync(fixture.Server, investor)));

        attempts.Count(attempt => attempt.Status == HttpStatusCode.SwitchingProtocols).ShouldBe(PerUser);
        attempts.Count(attempt => attempt.Status == HttpStatusCode.TooManyRequests).ShouldBe(50 - PerUser);
        foreach (var (socket, _) in attempts)
            socket.Dispose();
    }

    [Fact]
    public async Task Connections_OneMoreThanTheServerTakes_IsRejectedForEveryCaller()
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Limits:Connections"] = "2", ["Limits:ConnectionsPerAddress"] = "3" });
        var investor = await server.RegisterInvestorAsync();
        var startup = await server.RegisterStartupAsync();
        var sockets = await OpenAsync(server, investor, 2);

        (await TryOpenAsync(server, startup)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Answer.OfAsync(await startup.Client.GetAsync("/hubs/messaging", Token)))
            .ExpectLater(HttpStatusCode.ServiceUnavailable, "server.busy");

        await sockets[0].CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        await Eventually.TrueAsync(
            async () => (await KeepAsync(sockets, server, startup)) == HttpStatusCode.SwitchingProtocols, "a place is free again");
        sockets.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData("198.51.100.1", "198.51.100.1", "198.51.100.2", 4)]
    [InlineData("2001:db8:1:1::1", "2001:db8:1:1:2::2", "2001:db8:1:2::1", 4)]
    [InlineData("2001:db8:2:1::1", "2001:db8:2:2::1", "2001:db8:3:1::1", 6)]
    public async Task Connections_OfOneAddressOrSite_LeaveSomeForOthers(string one, string sameAsOne, string other, int most)
    {
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Limits:Connections"] = "8", ["Proxies:Known:0"] = "127.0.0.1" });
        var investor = await server.RegisterInvestorAsync();
        var startup = await server.RegisterStartupAsync();

        // Two accounts connect in parallel.
        var attempts = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => TryOpenAsync(
            server, number % 2 == 0 ? investor : startup, number % 4 < 2 ? one : sameAsOne)));

        attempts.Count(attempt => attempt.Status == HttpStatusCode.SwitchingProtocols).ShouldBe(most);
        attempts.Count(attempt => attempt.Status == HttpStatusCode.TooManyRequests).ShouldBe(20 - most);
        var (socket, status) = await TryOpenAsync(server, startup, other);
        status.ShouldBe(HttpStatusCode.SwitchingProtocols);
        foreach (var (opened, _) in attempts)
            opened.Abort();
        await Eventually.TrueAsync(
            async () => (await TryOpenAsync(server, investor, one)).Status == HttpStatusCode.SwitchingProtocols, "places are free again");
        socket.Dispose();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Returns the error response, which a WebSocket client does not show.</summary>
    private static async Task<Answer> ErrorAsync(TestUser user) =>
        await Answer.OfAsync(await user.Client.GetAsync("/hubs/messaging", Token));

    private static async Task<List<ClientWebSocket>> OpenAsync(ApiServer server, TestUser user, int count)
    {
        var sockets = new List<ClientWebSocket>();
        for (var number = 0; number < count; number++)
            (await KeepAsync(sockets, server, user)).ShouldBe(HttpStatusCode.SwitchingProtocols);

        return sockets;
    }

    private static async Task<HttpStatusCode> KeepAsync(List<ClientWebSocket> sockets, ApiServer server, TestUser user)
    {
        var (socket, status) = await TryOpenAsync(server, user);
        sockets.Add(socket);

        return status;
    }

    private static async Task<(ClientWebSocket Socket, HttpStatusCode Status)> TryOpenAsync(
        ApiServer server, TestUser user, string? address = null)
    {
        var socket = new ClientWebSocket { Options = { CollectHttpResponseDetails = true } };
        if (address is not null)
            socket.Options.SetRequestHeader("X-Forwarded-For", address);
        socket.Options.SetRequestHeader("Authorization", $"Bearer {user.AccessToken}");
        try
        {
            await socket.ConnectAsync(RawHubConnection.AddressOf(server), Token);
        }
        catch (WebSocketException)
        {
            // The status code contains the reason.
        }

        return (socket, socket.HttpStatusCode);
    }

    public sealed class FewConnections(TestPostgres postgres) : LimitedServerFixture(postgres, ("Limits:ConnectionsPerUser", $"{PerUser}"));
}
