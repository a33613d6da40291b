using System.Collections.Concurrent;
using System.Net;
using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests that a message expires at its time by the server's clock, regardless of the device's clock.</summary>
public sealed class ExpiryTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task Message_OnADeviceWhoseClockIsWrong_VanishesAtItsInstant(int hoursWrong)
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendAsync(conversationId, "Here to stay")).Expect(HttpStatusCode.Created);
        var expiresAt = (await investor.SendExpiringAsync(conversationId, "Expires soon", 1))
            .Expect(HttpStatusCode.Created).Data.Instant("expiresAt");
        var clock = ClockLike(_server.Clock, hoursWrong);
        await using var stan = await Device.OpenAsync(_server.Address, startup, clock: clock);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        timeline.Messages.Count.ShouldBe(2);
        stan.Session.Conversations[0].LastMessage.ShouldNotBeNull().Content.ShouldBe("Expires soon");
        stan.Session.Conversations[0].UnreadCount.ShouldBe(2);
        var (expiredAt, previewExpiredAt) = (default(DateTimeOffset?), default(DateTimeOffset?));
        stan.Session.Changed += change =>
        {
            if (change is MessageExpired)
                expiredAt ??= _server.Clock.GetUtcNow();
            if (change is ConversationChanged { Conversation.LastMessage.Content: not "Expires soon" } or ConversationChanged { Conversation.LastMessage: null })
                previewExpiredAt ??= _server.Clock.GetUtcNow();
        };

        var almost = expiresAt - _server.Clock.GetUtcNow() - TimeSpan.FromSeconds(1);
        clock.Shift(almost);
        _server.Clock.Shift(almost);
        await LookAsync(stan.Session);

        await Eventually.TrueAsync(() => expiredAt is not null && previewExpiredAt is not null, "It does not vanish.");
        expiredAt.ShouldNotBeNull().ShouldBe(expiresAt, TimeSpan.FromMilliseconds(400));
        previewExpiredAt.ShouldNotBeNull().ShouldBe(expiresAt, TimeSpan.FromMilliseconds(400));
        timeline.Messages.ShouldHaveSingleItem().Content.ShouldBe("Here to stay");
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ LastMessage.Content: "Here to stay" }], "No other preview comes in its place.");
    }

    [Fact]
    public async Task Unread_Message_ThatVanishes_IsCountedNoLonger()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "Expires soon", 1)).Expect(HttpStatusCode.Created);
        (await investor.SendAsync(conversationId, "Here to stay")).Expect(HttpStatusCode.Created);
        await using var stan = await Device.OpenAsync(_server.Address, startup, clock: _server.Clock);
        var timeline = await stan.OpenAsync(conversationId);
        await Eventually.TrueAsync(() => stan.Session.Conversations is [{ UnreadCount: 2 }], "It is not counted.");

        _server.Clock.Shift(TimeSpan.FromHours(1));
        await LookAsync(stan.Session);

        await Eventually.TrueAsync(() => timeline.Messages.Count == 1, "It does not vanish.");
        await Eventually.TrueAsync(() => stan.Session.Conversations is [{ UnreadCount: 1 }], "It is still counted.");
    }

    [Fact]
    public async Task Message_AfterTheDevicesClockWasSetAhead_ComesBack()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "Not expired yet", 1)).Expect(HttpStatusCode.Created);
        var clock = ClockLike(_server.Clock, hoursWrong: 0);
        await using var stan = await Device.OpenAsync(
            _server.Address, startup, Device.ShortWaits with { ConversationCheck = TimeSpan.FromMilliseconds(500) }, clock: clock);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);

        // The client cannot distinguish this from a machine that has slept; only the server's time shows it.
        clock.Shift(TimeSpan.FromHours(3));
        (await investor.SendAsync(conversationId, "Here to stay")).Expect(HttpStatusCode.Created);

        await Eventually.TrueAsync(() => stan.Changes.OfType<MessageExpired>().Any(), "The message did not expire by the changed clock.");
        await Eventually.TrueAsync(() => timeline.Messages.Count == 2, "The message does not reappear.");
        await Eventually.TrueAsync(
            () => stan.Session.Conversations is [{ LastMessage.Content: "Here to stay", UnreadCount: 2 }], "The list is wrong.");
    }

    [Fact]
    public async Task Preview_WhereNoAnswerHasTheTime_IsShownOnADeviceWhoseClockIsAhead()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "Not expired yet", 1)).Expect(HttpStatusCode.Created);
        using var handler = new WithoutDate();
        using var client = new MessagingClient(_server.Address, handler: handler, clock: ClockLike(_server.Clock, hoursWrong: 5));

        await client.Accounts.LogInAsync(startup.Email, ApiServer.Password, Cancellation);
        await using var session = await MessagingSession.OpenAsync(client, options: Device.ShortWaits, cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => session.Connection == ConnectionState.Online, "It does not connect.");

        session.Conversations.ShouldHaveSingleItem().LastMessage.ShouldNotBeNull().Content.ShouldBe("Not expired yet");
        handler.Paths.ShouldNotContain("/api/auth/refresh");
        (client.ServerTime - _server.Clock.GetUtcNow()).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Preview_WhereNoAnswerHasTheTime_ComesBackAfterTheClockWasSetAheadAndIsNotAskedForOverAndOver()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        (await investor.SendExpiringAsync(conversationId, "Not expired yet", 1)).Expect(HttpStatusCode.Created);
        using var handler = new WithoutDate();
        var clock = ClockLike(_server.Clock, hoursWrong: 0);
        using var client = new MessagingClient(_server.Address, handler: handler, clock: clock);
        await client.Accounts.LogInAsync(startup.Email, ApiServer.Password, Cancellation);
        await using var session = await MessagingSession.OpenAsync(client, options: Device.ShortWaits, cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => session.Connection == ConnectionState.Online, "It does not connect.");
        var dropped = false;
        session.Changed += change => dropped |= change is ConversationChanged { Conversation.LastMessage: null };

        clock.Shift(TimeSpan.FromHours(2));
        await LookAsync(session);
        await Eventually.TrueAsync(() => dropped, "The message does not expire by the changed clock.");
        await Eventually.TrueAsync(
            () => session.Conversations is [{ LastMessage.Content: "Not expired yet" }], "The message does not reappear.");
        await Task.Delay(600, Cancellation);

        handler.Paths.Count(path => path == $"/api/conversations/{conversationId}").ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task Typing_OfAUserWhoHasLeft_EndsByItself()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await Device.OpenAsync(_server.Address, startup, clock: _server.Clock);
        var timeline = await stan.OpenAsync(conversationId);
        await using (var connection = await investor.ConnectAsync())
        {
            await connection.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, Cancellation);
            await Eventually.TrueAsync(() => timeline.TypingUsers.Count == 1, "It is not shown.");
        }

        _server.Clock.Shift(TimeSpan.FromSeconds(6));
        await LookAsync(stan.Session);

        await Eventually.TrueAsync(() => timeline.TypingUsers.Count == 0, "The typing notice does not disappear.");
    }

    /// <summary>
    /// Sends a message, because any change makes the session check for due items. Otherwise it would notice the moved clock only within 5
    /// seconds.
    /// </summary>
    private static Task<QueuedMessage> LookAsync(MessagingSession session) =>
        session.SendAsync(Guid.CreateVersion7(), "To no one", cancellationToken: Cancellation);

    private static TestClock ClockLike(TestClock server, int hoursWrong)
    {
        var clock = new TestClock();
        clock.Shift(server.GetUtcNow() - clock.GetUtcNow() + TimeSpan.FromHours(hoursWrong));

        return clock;
    }

    /// <summary>Removes the <c>Date</c> header, which a browser hides from a page for responses from another origin.</summary>
    private sealed class WithoutDate() : DelegatingHandler(new HttpClientHandler())
    {
        private readonly ConcurrentQueue<string> _paths = new();

        public IReadOnlyCollection<string> Paths => _paths;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _paths.Enqueue(request.RequestUri!.AbsolutePath);
            var response = await base.SendAsync(request, cancellationToken);
            response.Headers.Date = null;

            return response;
        }
    }
}
