using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace CleanMessaging.Api.Tests.Limits;

/// <summary>
/// Tests a client that requests a large response and does not read it. The socket buffers take at most 500 KB here; the responses have 1
/// MB.
/// </summary>
public sealed class SlowReaderTests(TestPostgres postgres)
{
    [Fact]
    public async Task LargeAnswer_NotReadInTime_IsCutAndGivesBackItsMemoryAndItsPlace()
    {
        await using var server = await StartAsync(
            ("Limits:ResponseTime", "00:00:02"), ("Limits:UserRequestsAtOnce", "1"), ("Limits:RequestWait", "00:00:00"));
        var (reader, conversationId) = await FilledAsync(server);
        var buffers = server.Services.GetRequiredService<ResponseBuffers>();
        using var socket = await AskAsync(server, reader, conversationId);
        await Eventually.TrueAsync(() => buffers.Used > 100_000, "the answer waits");
        var started = Stopwatch.GetTimestamp();

        (await reader.GetAsync("/api/wallet")).ExpectLater(HttpStatusCode.TooManyRequests, "rate_limit.concurrency");

        await Eventually.TrueAsync(() => buffers.Used == 0, "the memory is given back");
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(6));
        await Eventually.TrueAsync(
            async () => (await reader.GetAsync("/api/wallet")).Status == HttpStatusCode.OK, "the place is given back");
    }

    [Fact]
    public async Task LargeAnswer_WhoseClientLeaves_GivesBackItsMemoryAndItsPlace()
    {
        await using var server = await StartAsync(("Limits:UserRequestsAtOnce", "1"), ("Limits:RequestWait", "00:00:00"));
        var (reader, conversationId) = await FilledAsync(server);
        var buffers = server.Services.GetRequiredService<ResponseBuffers>();
        using (var socket = await AskAsync(server, reader, conversationId))
            await Eventually.TrueAsync(() => buffers.Used > 100_000, "the answer waits");

        await Eventually.TrueAsync(() => buffers.Used == 0, "the memory is given back");
        await Eventually.TrueAsync(
            async () => (await reader.GetAsync("/api/wallet")).Status == HttpStatusCode.OK, "the place is given back");
    }

    [Fact]
    public async Task LargeAnswers_BeyondACallersShare_AreRejectedAndOthersAreServed()
    {
        // A caller's share is 1 MB, which is enough for exactly one response.
        await using var server = await StartAsync(
            ("Limits:ResponseBufferBytes", $"{4 * 1100 * 1024}"), ("Limits:UserRequestsAtOnce", "100"));
        var (reader, conversationId) = await FilledAsync(server);
        var other = await server.RegisterInvestorAsync();
        var buffers = server.Services.GetRequiredService<ResponseBuffers>();
        (await PageAsync(reader, conversationId)).Expect(HttpStatusCode.OK);
        using var socket = await AskAsync(server, reader, conversationId);
        await Eventually.TrueAsync(() => buffers.Used > 100_000, "the answer waits");

        (await PageAsync(reader, conversationId)).ExpectLater(HttpStatusCode.ServiceUnavailable, "server.busy");
        (await other.GetAsync("/api/conversations")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task LargeAnswers_ReadInParallel_AreWholeAndLeaveNothingReserved()
    {
        await using var server = await StartAsync(("Limits:RequestWait", "00:01:00"));
        var (reader, conversationId) = await FilledAsync(server);

        var pages = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PageAsync(reader, conversationId)));

        foreach (var page in pages)
            page.Expect(HttpStatusCode.OK).Text.ShouldBe(pages[0].Text);
        await Eventually.TrueAsync(() => server.Services.GetRequiredService<ResponseBuffers>().Used == 0, "all is given back");
    }

    private Task<ApiServer> StartAsync(params (string Key, string Value)[] settings) => ApiServer.StartAsync(
        postgres, settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value));

    /// <summary>Creates a user with a conversation whose newest page has 1 MB.</summary>
    private static async Task<(TestUser Reader, Guid ConversationId)> FilledAsync(ApiServer server)
    {
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await server.FillAsync(conversationId, investor.Id, 100);
        await server.ExecuteAsync($"UPDATE messages SET content = repeat('😀', 5000) WHERE conversation_id = '{conversationId}'");

        return (startup, conversationId);
    }

    private static Task<Answer> PageAsync(TestUser reader, Guid conversationId) =>
        reader.GetAsync($"/api/messages?conversationId={conversationId}&limit=100");

    /// <summary>Requests a page and does not read the response.</summary>
    private static async Task<Socket> AskAsync(ApiServer server, TestUser reader, Guid conversationId)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /api/messages?conversationId={conversationId}&limit=100 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {reader.AccessToken}\r\n\r\n"));

        return socket;
    }
}
