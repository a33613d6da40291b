using System.Net;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests a session behind a proxy that rejects WebSockets: everything works over REST, until a live connection works.</summary>
public sealed class PollingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly MessagingSessionOptions _options = Device.ShortWaits with { PollInterval = TimeSpan.FromMilliseconds(200) };

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Session_WhoseLiveConnectionsAreRejected_ListsReadsAndSendsByPolling()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Before")).Expect(HttpStatusCode.Created);
        await using var line = new BadLine(_server.Address) { BlocksHubs = true };
        await using var stan = await Device.OpenAsync(line.Address, startup, _options);

        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Polling);
        stan.Session.NextAttempt.ShouldBeNull();
        stan.Session.Conversations.ShouldHaveSingleItem().UnreadCount.ShouldBe(1);
        stan.Session.Quota.ShouldNotBeNull();

        await timeline.SendAsync("Answer", cancellationToken: Cancellation);
        await stan.Session.WaitUntilSentAsync(Cancellation);
        (await investor.SendAsync(conversationId, "Polled")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 3, "The session does not poll the conversation.");
        timeline.Messages.Select(message => message.Content).ShouldBe(["Before", "Answer", "Polled"]);

        await timeline.MarkReadAsync(Cancellation);
        await Eventually.TrueAsync(() => stan.Session.Conversations is [{ UnreadCount: 0 }], "The session does not poll the list.");
        (await investor.MarkReadAsync(conversationId)).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(() => timeline.ReadByOtherSequence == 3, "The session does not poll the read pointers.");
        stan.Session.Connection.ShouldBe(ConnectionState.Polling);
        line.HubConnections.ShouldBe(0);
        stan.Changes.OfType<ConnectionChanged>()
            .ShouldAllBe(
                change =>
                    change.State == ConnectionState.Connecting
                        || change.State == ConnectionState.Polling
                        || change.State == ConnectionState.Offline);
    }

    [Fact]
    public async Task Session_WhoseLiveConnectionsAreAcceptedAndCut_Polls()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address) { CutsHubs = true };
        await using var stan = await Device.OpenAsync(line.Address, startup, _options);

        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Polling);
        (await investor.SendAsync(conversationId, "Polled")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The session does not poll the conversation.");
        line.HubConnections.ShouldBeGreaterThanOrEqualTo(3);

        line.CutsHubs = false;

        await stan.BeAsync(ConnectionState.Online);
    }

    [Fact]
    public async Task Session_ThatPolls_ReturnsToLiveWhenTheConnectionWorks()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address) { BlocksHubs = true };
        await using var stan = await Device.OpenAsync(line.Address, startup, _options with { PollInterval = TimeSpan.FromHours(1) });
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Polling);

        line.BlocksHubs = false;

        await stan.BeAsync(ConnectionState.Online);
        (await investor.SendAsync(conversationId, "Live")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The session is not live.");
        await Eventually.TrueAsync(
            () => stan.Changes.OfType<ConnectionChanged>().LastOrDefault()?.State == ConnectionState.Online, "No change is raised.");
        stan.Changes
            .OfType<ConnectionChanged>()
            .Select(change => change.State)
            .TakeLast(2)
            .ShouldBe([ConnectionState.Polling, ConnectionState.Online]);
    }

    [Fact]
    public async Task Session_ThatPollsWhenTheServerStops_IsOfflineAndPollsAgainLater()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address) { BlocksHubs = true };
        await using var stan = await Device.OpenAsync(line.Address, startup, _options);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Polling);

        line.IsDown = true;
        line.Cut();
        await stan.BeAsync(ConnectionState.Offline);
        (await investor.SendAsync(conversationId, "In the meantime")).Expect(HttpStatusCode.Created);
        line.IsDown = false;

        await stan.BeAsync(ConnectionState.Polling);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The session does not poll again.");
    }

    [Fact]
    public async Task Session_ThatPollsWhenItsUserIsSignedOut_Ends()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address) { BlocksHubs = true };
        await using var stan = await Device.OpenAsync(line.Address, startup, _options);
        await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Polling);
        using var elsewhere = await Device.SignInAsync(_server.Address, startup);

        await elsewhere.Accounts.ChangePasswordAsync(ApiServer.Password, "another good password", Cancellation);

        await stan.BeAsync(ConnectionState.SignedOut);
    }
}
