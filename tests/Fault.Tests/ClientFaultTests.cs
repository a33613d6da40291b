using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CleanMessaging.Fault.Tests.Load;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests;

/// <summary>Tests clients that disconnect during their requests.</summary>
public sealed class ClientFaultTests(FaultPostgres postgres)
{
    private const string Leaving = "leave";

    internal static readonly TestSize Departures = new(15, 40, "requests that each client leaves");

    [Fact(DisableParallelization = true)]
    public async Task SendMessage_ClientLeavesAtRandomPoints_IsStoredAndChargedWholeOrNotAtAll()
    {
        await using var scene = await Scene.StartAsync(
            await postgres.CreateDatabaseAsync(), isExpected: attempt => attempt is { What: Leaving, Answer: null });

        await Task.WhenAll(scene.Cast.Places.Select(place => LeaveAsync(scene, place, times: Departures.Value)));

        await scene.Load.RecoverAsync();
        var stored = await scene.ShouldAgreeAsync();
        var left = scene.Journal.Attempts.Where(attempt => attempt.What == Leaving).Select(attempt => attempt.Send!).ToList();
        var arrived = stored.Messages.Select(message => message.Content).ToHashSet();
        left.Count(send => send.Key is null && arrived.Contains(send.Content)).ShouldBeGreaterThan(0, "left late enough");
        left.Count(send => send.Key is null && !arrived.Contains(send.Content)).ShouldBeGreaterThan(0, "left early enough");
    }

    private static async Task LeaveAsync(Scene scene, Place place, int times)
    {
        var longest = 2 * Attempt.MedianOf(scene.Journal.Attempts.Where(attempt => attempt.Send is not null));
        for (var time = 0; time < times; time++)
        {
            var send = new Send(place.Sender, place.ConversationId, SendingLoad.NewContent(), time % 2 == 0 ? null : Guid.CreateVersion7());
            await scene.Journal.CallAsync(Leaving, () => SendAndLeaveAsync(scene.Api, send, longest), send);
            if (send.Key is { } key)
            {
                await scene.Load.DeliverAsync(
                    "send", place.Sender, user => user.SendAsync(place.ConversationId, send.Content, key), isIdempotent: true, send);
            }
        }
    }

    /// <summary>Writes a request or a part of it, and then closes or aborts the connection, immediately or after a short delay.</summary>
    /// <param name="longest">The longest delay; by then the server has answered most requests.</param>
    private static async Task<Answer> SendAndLeaveAsync(ApiProcess api, Send send, TimeSpan longest)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(send.Key is { } key
            ? new { conversationId = send.ConversationId, content = send.Content, clientMessageId = (object)key }
            : (object)new { conversationId = send.ConversationId, content = send.Content });
        var head = Encoding.ASCII.GetBytes(
            $"POST /api/messages/send HTTP/1.1\r\nHost: {api.Address.Authority}\r\nAuthorization: Bearer {send.Sender.User.AccessToken}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        byte[] request = [.. head, .. body];
        var isWhole = Random.Shared.Next(4) > 0;
        using (
            var client = new TcpClient { NoDelay = true, LingerState = new LingerOption(enable: Random.Shared.Next(2) == 0, seconds: 0) })
        {
            await client.ConnectAsync(api.Address.Host, api.Address.Port, TestContext.Current.CancellationToken);
            await client.GetStream()
                .WriteAsync(
                    request.AsMemory(0, isWhole ? request.Length : Random.Shared.Next(request.Length)),
                    TestContext.Current.CancellationToken);
            await Task.Delay(longest * Random.Shared.NextDouble(), TestContext.Current.CancellationToken);
        }

        throw new HttpRequestException("The client has left.");
    }
}
