using System.Collections.Concurrent;
using System.Net;
using CleanMessaging.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests how often an idle session with an open conversation asks the server, and that it still notices a lost event.</summary>
public sealed class IdleTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>10,000 idle clients may cause 50 requests a second: each may send one in 200 seconds.</summary>
    private static readonly TimeSpan _perRequest = TimeSpan.FromSeconds(10_000 / 50);

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Session_IdleForHours_SendsFewRequests()
    {
        var hours = TimeSpan.FromHours(3);
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        await using var line = new BadLine(_server.Address);
        var requests = new ConcurrentQueue<string>();
        await using var stan = await Device.OpenAsync(line.Address, startup, new MessagingSessionOptions(), clock: clock);
        await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        line.Losing = request =>
        {
            if (!request.Contains("/hubs/", StringComparison.Ordinal))
                requests.Enqueue(request);

            return Loss.Nothing;
        };

        for (var passed = TimeSpan.Zero; passed < hours; passed += TimeSpan.FromMinutes(1))
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(5, Cancellation);
        }

        await stan.BeAsync(ConnectionState.Online);

        // A new connection also joins the open conversation.
        var joins = line.HubConnections - 1;
        (requests.Count + joins).ShouldBeInRange(3, (int)(hours / _perRequest), string.Join('\n', requests));
    }

    [Fact]
    public async Task List_WithANewerRevisionOfTheOpenConversation_BringsALostLastMessage()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(
            line.Address, startup, Device.ShortWaits with { ListCheck = TimeSpan.FromMilliseconds(500) });
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        line.Event = _ => Fate.Drop;

        (await investor.SendAsync(conversationId, "Lost")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The lost message is not noticed.");
        line.HubConnections.ShouldBe(1);
    }
}
