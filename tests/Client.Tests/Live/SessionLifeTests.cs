using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using CleanMessaging.Infrastructure.Realtime;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests how a session reacts to the server: short tokens, draining, <c>SyncNeeded</c>, and the end of the sign-in.</summary>
public sealed class SessionLifeTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IHubClients<IMessagingClient> Connections =>
        _server.Services.GetRequiredService<IHubContext<MessagingHub, IMessagingClient>>().Clients;

    [Fact]
    public async Task Session_WithTokensOfTwoSeconds_GoesOnWithoutASignInAndExchangesEachOnce()
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Jwt:AccessTokenLifetime"] = "00:00:02" });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var line = new BadLine(server.Address);
        var exchanges = 0;
        line.Losing = request =>
        {
            exchanges += request == "POST /api/auth/refresh" ? 1 : 0;

            return Loss.Nothing;
        };
        await using var ines = await Device.OpenAsync(line.Address, investor);
        await using var stan = await Device.OpenAsync(server.Address, startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));
        var started = Stopwatch.GetTimestamp();

        for (var number = 1; number <= 5; number++)
        {
            await hers.SendAsync($"Message {number}", cancellationToken: Cancellation);
            await his.SendAsync($"Answer {number}", cancellationToken: Cancellation);
            await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        }

        await Eventually.TrueAsync(() => hers.Messages.Count == 10 && his.Messages.Count == 10, "They do not all come.");

        // A token is used for at least half a second. The client corrects its clock, which can make a token valid for one more connection.
        exchanges.ShouldBeInRange(2, (int)(2 * Stopwatch.GetElapsedTime(started).TotalSeconds));
        line.HubConnections.ShouldBeInRange(3, 1 + (2 * exchanges));
        ines.Changes.OfType<ConnectionChanged>().ShouldAllBe(change => change.State == ConnectionState.Online);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("chat/")]
    public async Task Session_WithAServerUnderAPath_TalksLive(string path)
    {
        await using var server = await fixture.StartAnotherAsync(new Dictionary<string, string?> { ["Proxies:BasePath"] = "/chat" });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var line = new BadLine(server.Address);
        var asked = new ConcurrentQueue<string>();
        line.Losing = request =>
        {
            asked.Enqueue(request);

            return Loss.Nothing;
        };
        await using var ines = await Device.OpenAsync(new Uri(line.Address, path), investor);
        await using var stan = await Device.OpenAsync(new Uri(line.Address, path), startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));
        await stan.BeAsync(ConnectionState.Online);

        await hers.SendAsync("Under a path", cancellationToken: Cancellation);

        await Eventually.TrueAsync(() => his.Messages.Count == 1, "It does not come.");
        asked.ShouldNotBeEmpty();
        asked.ShouldAllBe(request => request.Contains(" /chat/", StringComparison.Ordinal));
    }

    [LongFact]
    public async Task Session_WhoseExchangesLoseTheirAnswers_StaysSignedIn()
    {
        await using var server = await fixture.StartAnotherAsync(
            new Dictionary<string, string?> { ["Jwt:AccessTokenLifetime"] = "00:00:02" });
        var (investor, startup, conversationId) = await server.RegisterPairAsync();
        await using var line = new BadLine(server.Address);
        var exchanges = 0;

        // Two of three responses are lost.
        line.Losing = request =>
            request == "POST /api/auth/refresh" && Interlocked.Increment(ref exchanges) % 3 != 0 ? Loss.Answer : Loss.Nothing;
        await using var ines = await Device.OpenAsync(line.Address, investor);
        var said = false;
        ines.Client.SignedOut += () => said = true;
        var timeline = await ines.OpenAsync(conversationId);

        for (var number = 1; number <= 6; number++)
        {
            var sender = await server.LogInAsync(startup.Email);
            (await sender.SendAsync(conversationId, $"Message {number}")).Expect(HttpStatusCode.Created);
            await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        }

        await Eventually.TrueAsync(() => timeline.Messages.Count == 6, "They do not all come.");
        line.Losses.ShouldBeGreaterThanOrEqualTo(2);
        said.ShouldBeFalse();
        ines.Client.User.ShouldNotBeNull().Id.ShouldBe(investor.Id);
    }

    [Fact]
    public async Task Session_WhoseUserGetsAnotherRole_GoesOnWithTheNewOneAndNoSignIn()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await Device.OpenAsync(_server.Address, investor);
        var said = false;
        ines.Client.SignedOut += () => said = true;
        var timeline = await ines.OpenAsync(conversationId);
        await ines.BeAsync(ConnectionState.Online);

        await _server.ExecuteAsync($"UPDATE users SET role = 'Admin' WHERE id = '{investor.Id}'");
        await Eventually.TrueAsync(() => ines.Client.User is { Role: UserRole.Admin }, "The session continues with the former role.");
        (await startup.SendAsync(conversationId, "Still there?")).Expect(HttpStatusCode.Created);
        await timeline.SendAsync("Yes", cancellationToken: Cancellation);

        await Eventually.TrueAsync(() => timeline.Messages.Count == 2, "They do not all come.");
        said.ShouldBeFalse();
    }

    [Fact]
    public async Task Conversation_WhoseOtherParticipantIsDeactivated_SaysSoUntilTheyAreReactivated()
    {
        var (investor, startup, _) = await _server.RegisterPairAsync();
        await using var ines = await Device.OpenAsync(_server.Address, investor);
        await ines.BeAsync(ConnectionState.Online);
        await Eventually.TrueAsync(() => ines.Session.Conversations.Count == 1, "The list is empty.");
        IsDeactivated().ShouldBeFalse();

        await _server.ExecuteAsync($"UPDATE users SET deactivated_at = now() WHERE id = '{startup.Id}'");
        await Eventually.TrueAsync(IsDeactivated, "The deactivation is not shown.");
        (await ines.Client.Conversations.ListAsync(cancellationToken: Cancellation)).Items[0]
            .OtherThan(investor.Id).IsDeactivated.ShouldBeTrue();

        await _server.ExecuteAsync($"UPDATE users SET deactivated_at = NULL WHERE id = '{startup.Id}'");
        await Eventually.TrueAsync(() => !IsDeactivated(), "The reactivation is not shown.");

        bool IsDeactivated() => ines.Session.Conversations[0].OtherThan(investor.Id).IsDeactivated;
    }

    [Fact]
    public async Task Draining_OfTheServer_MovesTheConnectionWhenItIsItsTurn()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup, clock: clock);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);

        await Connections.User(startup.Id.ToString()).ServerDraining(new Infrastructure.Realtime.ServerDrainingEvent(10_000));
        (await investor.SendAsync(conversationId, "Until then it works")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The connection does not work while the server drains.");
        clock.Advance(TimeSpan.FromSeconds(9));
        line.HubConnections.ShouldBe(1);

        await Eventually.TrueAsync(() => Advances(clock) && line.HubConnections == 2, "The session does not open a new connection.");
        (await investor.SendAsync(conversationId, "And afterwards")).Expect(HttpStatusCode.Created);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 2, "The new connection does not work.");
        stan.Changes.OfType<ConnectionChanged>().ShouldAllBe(change => change.State == ConnectionState.Online);
    }

    [Fact]
    public async Task Draining_OfAServerThatEndsFirst_IsWaitedForAllTheSame()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup, clock: clock);
        await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);

        await Connections.User(startup.Id.ToString()).ServerDraining(new Infrastructure.Realtime.ServerDrainingEvent(10_000));
        await Task.Delay(100, Cancellation);
        line.CutHubs();
        await stan.BeAsync(ConnectionState.Offline);
        clock.Advance(TimeSpan.FromSeconds(9));
        await Task.Delay(100, Cancellation);
        line.HubConnections.ShouldBe(1);

        await Eventually.TrueAsync(
            () => Advances(clock) && stan.Session.Connection == ConnectionState.Online, "The session does not reconnect.");
        await Eventually.TrueAsync(
            () =>
                stan.Changes.LastOrDefault(change => change is ConnectionChanged) == new ConnectionChanged(ConnectionState.Online),
                "The session does not raise ConnectionChanged.");
        stan.Changes.OfType<ConnectionChanged>().Select(change => change.State).TakeLast(3)
            .ShouldBe([ConnectionState.Offline, ConnectionState.Connecting, ConnectionState.Online]);
    }

    [Fact]
    public async Task Send_WhileADrainedServerHasEnded_IsSentAtOnceOverRest()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(
            line.Address, startup, Device.ShortWaits with { HasNetwork = static () => false }, clock: clock);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        (await timeline.SendAsync("Online", cancellationToken: Cancellation)).NeverAttempted.ShouldBeFalse();
        await Connections.User(startup.Id.ToString()).ServerDraining(new Infrastructure.Realtime.ServerDrainingEvent(10_000));
        await Task.Delay(100, Cancellation);
        line.CutHubs();
        await stan.BeAsync(ConnectionState.Offline);

        await timeline.SendAsync("Draining", cancellationToken: Cancellation);

        await Eventually.TrueAsync(() => timeline.Unsent.Count == 0, "It waits for the connection.");
        stan.Session.Connection.ShouldBe(ConnectionState.Offline);
    }

    [Fact]
    public async Task EditUnsentAndWithdraw_AfterTheSessionHasEnded_Throw()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        var message = await timeline.SendAsync("Hello", cancellationToken: Cancellation);
        await stan.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(() => timeline.EditUnsentAsync(message, "Hello!", Cancellation));
        await Should.ThrowAsync<ObjectDisposedException>(() => timeline.WithdrawAsync(message, Cancellation));
    }

    [Fact]
    public async Task SyncNeeded_AfterEventsWereLost_LetsItAsk()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        line.Event = name => name == "SyncNeeded" ? Fate.Pass : Fate.Drop;
        (await investor.SendAsync(conversationId, "Lost")).Expect(HttpStatusCode.Created);

        await Connections.User(startup.Id.ToString()).SyncNeeded(new Infrastructure.Realtime.SyncNeededEvent(100));

        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The session does not sync the conversation.");
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ UnreadCount: 1 }], "The session does not sync the conversation list.");
    }

    [Fact]
    public async Task PasswordChanged_Elsewhere_SignsOutAndKeepsTheSendQueue()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        var store = new MemorySendQueueStore();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup, store: store);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stan.Client.SignedOut += said.SetResult;
        var reading = timeline.ReadAllAsync(cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask();
        using var elsewhere = await Device.SignInAsync(_server.Address, startup);

        await elsewhere.Accounts.ChangePasswordAsync(ApiServer.Password, "another good password", Cancellation);

        await stan.BeAsync(ConnectionState.SignedOut);
        await said.Task.WaitAsync(TimeSpan.FromSeconds(5), Cancellation);
        stan.Client.User.ShouldBeNull();
        await Should.ThrowAsync<SignedOutException>(() => reading);
        await Should.ThrowAsync<SignedOutException>(() => timeline.WaitUntilLoadedAsync(Cancellation));
        await Should.ThrowAsync<SignedOutException>(() => stan.Session.Open(Guid.CreateVersion7()).WaitUntilLoadedAsync(Cancellation));

        // A message that is written now waits for the next session.
        var waiting = await timeline.SendAsync("Later", cancellationToken: Cancellation);
        await Task.Delay(100, Cancellation);
        stan.Session.Unsent.ShouldHaveSingleItem().ShouldBe(waiting);
        await stan.Session.DisposeAsync();
        await stan.Client.Accounts.LogInAsync(startup.Email, "another good password", Cancellation);
        await using var next = await MessagingSession.OpenAsync(stan.Client, store, Device.ShortWaits, Cancellation);
        await Eventually.TrueAsync(() => next.Unsent.Count == 0, "It is not sent.");
        (await stan.Client.Messages.GetAsync(conversationId, cancellationToken: Cancellation)).Messages
            .ShouldHaveSingleItem().ClientMessageId.ShouldBe(waiting.ClientMessageId);
    }

    [Fact]
    public async Task PasswordChanged_ByTheSameClient_GoesOn()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);

        await stan.Client.Accounts.ChangePasswordAsync(ApiServer.Password, "another good password", Cancellation);
        (await investor.SendAsync(conversationId, "Hello")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "The session does not continue.");
        stan.Changes.OfType<ConnectionChanged>().ShouldNotContain(new ConnectionChanged(ConnectionState.SignedOut));
    }

    [Fact]
    public async Task LogOut_OfTheClient_EndsTheSession()
    {
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await Device.OpenAsync(_server.Address, startup);
        await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);

        await stan.Client.Accounts.LogOutAsync(Cancellation);

        await stan.BeAsync(ConnectionState.SignedOut);
    }

    [Fact]
    public async Task Session_WhenAnotherUserSignsIn_SendsNothingAsThem()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var ines = await Device.OpenAsync(line.Address, investor);
        await ines.OpenAsync(conversationId);
        await ines.BeAsync(ConnectionState.Online);

        await ines.Client.Accounts.LogInAsync(startup.Email, ApiServer.Password, Cancellation);
        var waiting = await ines.Session.SendAsync(conversationId, "From Ines", cancellationToken: Cancellation);
        line.Cut();

        await ines.BeAsync(ConnectionState.SignedOut);
        ines.Session.Unsent.ShouldHaveSingleItem().ShouldBe(waiting);
        (await investor.ReadPageAsync(conversationId)).ShouldBeEmpty();
        ines.Client.User.ShouldNotBeNull().Id.ShouldBe(startup.Id);
    }

    [Fact]
    public async Task TakeOver_OfWhatAnotherSessionLeft_SendsItOnce()
    {
        var (investor, _, conversationId) = await _server.RegisterPairAsync();
        var store = new MemorySendQueueStore();
        await using var line = new BadLine(_server.Address);
        await using var there = await Device.OpenAsync(line.Address, investor, store: store);
        await using var here = await Device.OpenAsync(_server.Address, investor, store: store);
        var timeline = await here.OpenAsync(conversationId);
        line.Losing = request => request == "POST /api/messages/send" ? Loss.Request : Loss.Nothing;
        var waiting = await there.Session.SendAsync(conversationId, "Left behind", cancellationToken: Cancellation);
        await there.Session.DisposeAsync();

        await here.Session.TakeOverAsync(Cancellation);

        await here.Session.WaitUntilSentAsync(Cancellation);
        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "It is not shown.");
        timeline.Messages[0].ClientMessageId.ShouldBe(waiting.ClientMessageId);
        (await investor.ReadPageAsync(conversationId)).ShouldBe(["Left behind"]);
        (await store.LoadAsync(investor.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_WhenNoUserIsSignedIn_IsRejected()
    {
        using var client = new MessagingClient(_server.Address);

        await Should.ThrowAsync<SignedOutException>(() => MessagingSession.OpenAsync(client, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task Open_WithAStoreThatCannotBeRead_FailsAndLeavesNothingBehind()
    {
        var investor = await _server.RegisterInvestorAsync();
        await using var line = new BadLine(_server.Address);
        using var client = await Device.SignInAsync(line.Address, investor);

        await Should.ThrowAsync<IOException>(() => MessagingSession.OpenAsync(client, new Unreadable(), Device.ShortWaits, Cancellation));

        await Task.Delay(100, Cancellation);
        line.HubConnections.ShouldBe(0);
    }

    private static bool Advances(FakeTimeProvider clock)
    {
        clock.Advance(TimeSpan.FromSeconds(0.2));

        return true;
    }

    private sealed class Unreadable : ISendQueueStore
    {
        public ValueTask<IReadOnlyList<QueuedMessage>> LoadAsync(Guid senderId, CancellationToken cancellationToken = default) =>
            throw new IOException("The disk is gone.");

        public ValueTask SaveAsync(QueuedMessage message, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public ValueTask RemoveAsync(Guid clientMessageId, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
