using CleanMessaging.Tests.Support;
using Microsoft.AspNetCore.SignalR.Client;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests what a session knows of who is typing, in open conversations and in the list, also after a reconnect.</summary>
public sealed class TypingTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Typing_ByTheOther_IsShownUntilTheMessageComes()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await OpenAsync(investor);
        await using var stan = await OpenAsync(startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));

        his.SetTyping(true);
        await Eventually.TrueAsync(() => hers.TypingUsers is [var typing] && typing == startup.Id, "It is not shown.");
        his.TypingUsers.ShouldBeEmpty();
        await his.SendAsync("Hello", cancellationToken: Cancellation);
        await Eventually.TrueAsync(() => hers.Messages.Count == 1, "It does not come.");

        hers.TypingUsers.ShouldBeEmpty();
        await Eventually.TrueAsync(() => ines.Changes.OfType<TypingChanged>().Count() == 2, "The session does not raise TypingChanged.");
        ines.Changes.OfType<TypingChanged>().Select(change => change.UserIds.Count).ShouldBe([1, 0]);
    }

    [Fact]
    public async Task Typing_ThatStops_IsShownNoLonger()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await OpenAsync(investor);
        await using var stan = await OpenAsync(startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));

        his.SetTyping(true);
        await Eventually.TrueAsync(() => hers.TypingUsers.Count == 1, "The typing notice does not appear.");
        await his.DisposeAsync();

        await Eventually.TrueAsync(() => hers.TypingUsers.Count == 0, "The typing notice does not disappear.");
    }

    [Fact]
    public async Task Typing_InAConversationThatIsNotOpen_IsKnownUntilTheMessageComes()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var ines = await OpenAsync(investor);
        await using var stan = await OpenAsync(startup);
        var his = await stan.OpenAsync(conversationId);
        await ines.BeAsync(ConnectionState.Online);

        his.SetTyping(true);
        await Eventually.TrueAsync(() => ines.Session.TypingUsersIn(conversationId) is [var typing] && typing == startup.Id, "It is not known.");
        stan.Session.TypingUsersIn(conversationId).ShouldBeEmpty();
        await his.SendAsync("Hello", cancellationToken: Cancellation);

        await Eventually.TrueAsync(() => ines.Session.TypingUsersIn(conversationId).Count == 0, "The message does not end it.");
        await Eventually.TrueAsync(() => ines.Changes.OfType<TypingChanged>().Count() == 2, "The session does not raise TypingChanged.");
    }

    [Fact]
    public async Task Open_WhileTheOtherTypes_ShowsThemAtOnce()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var stan = await OpenAsync(startup);
        var his = await stan.OpenAsync(conversationId);
        his.SetTyping(true);
        await using var connection = await investor.ConnectAsync();
        await Eventually.TrueAsync(
            async () => (await connection.JoinAsync(conversationId)).GetProperty("typing").GetArrayLength() == 1, "The server does not know it.");

        await using var ines = await OpenAsync(investor);
        var hers = await ines.OpenAsync(conversationId);

        hers.TypingUsers.ShouldBe([startup.Id]);
    }

    [Fact]
    public async Task Reconnect_WhileTheUserTypes_NotifiesTheOtherAgain()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var ines = await OpenAsync(investor);
        await using var stan = await Device.OpenAsync(line.Address, startup);
        var (hers, his) = (await ines.OpenAsync(conversationId), await stan.OpenAsync(conversationId));
        await using var list = await investor.ConnectAsync();
        his.SetTyping(true);
        await list.NextAsync("Typing");

        line.Cut();

        // Without another key, the next notification would come from the stop after 5 seconds.
        (await list.NextAsync("Typing")).GetProperty("isTyping").GetBoolean().ShouldBeTrue();
        hers.TypingUsers.ShouldBe([startup.Id]);
    }

    [Fact]
    public async Task Typing_ThatEndsWhileDisconnected_IsShownNoLongerAfterTheReconnect()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var ines = await Device.OpenAsync(line.Address, investor);
        var hers = await ines.OpenAsync(conversationId);
        await ines.BeAsync(ConnectionState.Online);
        await using var typist = await startup.ConnectAsync();
        await typist.Hub.InvokeAsync("Typing", new { conversationId, isTyping = true }, Cancellation);
        await Eventually.TrueAsync(() => hers.TypingUsers.Count == 1, "It is not shown.");

        line.IsDown = true;
        line.Cut();
        await Eventually.TrueAsync(() => ines.Session.Connection != ConnectionState.Online, "The connection is not lost.");
        await typist.Hub.InvokeAsync("Typing", new { conversationId, isTyping = false }, Cancellation);
        line.IsDown = false;
        await ines.BeAsync(ConnectionState.Online);

        // The indicator itself expires only after 6 seconds.
        hers.TypingUsers.ShouldBeEmpty();
    }

    private Task<Device> OpenAsync(TestUser user) => Device.OpenAsync(_server.Address, user);
}
