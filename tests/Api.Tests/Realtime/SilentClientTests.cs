using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>Tests that the server closes hub connections that send nothing, send only invalid data, or read nothing.</summary>
public sealed class SilentClientTests(TestPostgres postgres)
{
    private static readonly TimeSpan _clientTimeout = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Connection_ThatNeverPings_IsClosedAfterTheClientTimeout()
    {
        await using var server = await StartAsync();
        var investor = await server.RegisterInvestorAsync();
        await using var silent = await RawHubConnection.OpenAsync(server, investor);
        await using var unfinished = await RawHubConnection.OpenAsync(server, investor);
        var started = Stopwatch.GetTimestamp();
        await unfinished.SendBytesAsync("{\"type\":6"u8.ToArray());

        await silent.WaitForEndAsync();
        await unfinished.WaitForEndAsync();

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(_clientTimeout + TimeSpan.FromSeconds(4));
    }

    [LongFact]
    public async Task Connection_WithoutAHandshake_IsClosedAfterTheClientTimeout()
    {
        await using var server = await StartAsync();
        var investor = await server.RegisterInvestorAsync();
        await using var silent = await RawHubConnection.ConnectAsync(server, investor);

        await silent.WaitForEndAsync();
    }

    [LongFact]
    public async Task Connection_ThatCallsWithoutPinging_StaysOpen()
    {
        await using var server = await StartAsync();
        var (investor, _, conversationId) = await server.RegisterPairAsync();
        await using var connection = await RawHubConnection.OpenAsync(server, investor);
        var started = Stopwatch.GetTimestamp();

        while (Stopwatch.GetElapsedTime(started) < _clientTimeout * 2.5)
        {
            (await connection.InvokeAsync("Leave", $$"""{"conversationId":"{{conversationId}}"}"""))
                .TryGetProperty("error", out _)
                .ShouldBeFalse();
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("""{"type":99}""")]
    [InlineData("""{"x":1,"type":0}""")]
    public async Task Message_OfAnUnknownType_EndsTheConnection(string message)
    {
        await using var server = await ApiServer.StartAsync(postgres);
        await using var connection = await RawHubConnection.OpenAsync(server, await server.RegisterInvestorAsync());

        await connection.SendAsync(message);

        (await connection.WaitForEndAsync()).ShouldContain("Connection closed with an error.");
    }

    [LongFact]
    public async Task Join_WhoseAnswerIsNotRead_IsCutWithinSecondsAndCountedUntilThen()
    {
        await using var server = await ApiServer.StartAsync(postgres);
        var (socket, _) = await JoinAsync(server);
        using var _ = socket;
        var buffers = server.Services.GetRequiredService<ResponseBuffers>();
        await Eventually.TrueAsync(() => buffers.Used > 200_000, "what is not read is counted");
        var started = Stopwatch.GetTimestamp();

        await Eventually.TrueAsync(() => buffers.Used == 0, "the connection is cut");

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Join_WhoseResponseDoesNotFit_IsCutAtOnce()
    {
        using var logs = new CapturedLogs();
        await using var server = await ApiServer.StartAsync(
            postgres, new Dictionary<string, string?> { ["Limits:ResponseBufferBytes"] = "1048576" }, services: logs.AddTo);

        var (socket, user) = await JoinAsync(server);

        using var _ = socket;
        await Eventually.TrueAsync(
            () =>
                logs.Lines.Any(
                    line => line.Text.StartsWith($"Limits:ResponseBufferBytes reached by user {user.Id}", StringComparison.Ordinal)),
                "it is logged");
    }

    private Task<ApiServer> StartAsync() => ApiServer.StartAsync(postgres, services: services => services.Configure<HubOptions>(options =>
    {
        options.ClientTimeoutInterval = _clientTimeout;
        options.KeepAliveInterval = TimeSpan.FromSeconds(1);
        options.HandshakeTimeout = TimeSpan.FromMinutes(1);
    }));

    /// <summary>Joins a conversation with 900 KB of changes and does not read the response.</summary>
    private static async Task<(Socket Socket, TestUser User)> JoinAsync(ApiServer server)
    {
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 45);
        await server.ExecuteAsync($"UPDATE messages SET content = repeat('😀', 5000) WHERE conversation_id = '{conversationId}'");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(WebSocketBytes.Upgrade(startup));
        await socket.SendAsync(WebSocketBytes.Text(RawHubConnection.Handshake));
        await socket.SendAsync(WebSocketBytes.Text(
            $$"""{"type":1,"invocationId":"1","target":"Join","arguments":[{"conversationId":"{{conversationId}}","sinceRevision":0}]}"""));

        return (socket, startup);
    }
}
