using CleanMessaging.Tests.Support;
using CleanMessaging.WebClient.Shell;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Client.Tests.Live;

/// <summary>Tests when a session reconnects after an outage, and which state it reports in the meantime.</summary>
public sealed class ReconnectTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private static readonly MessagingSessionOptions _defaults = new();

    private readonly ApiServer _server = fixture.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0, 500)]
    [InlineData(2, 0, 1_000)]
    [InlineData(3, 0, 2_000)]
    [InlineData(4, 2_000, 4_000)]
    [InlineData(5, 2_000, 4_000)]
    [InlineData(1_000_000, 2_000, 4_000)]
    public void After_SoManyFailuresInTheForeground_IsAtMostFourSecondsAndSpreadOverHalfOfThem(int failures, int leastMs, int mostMs)
    {
        var pauses = PausesAfter(failures, isInForeground: true);

        pauses.ShouldAllBe(pause => pause >= leastMs && pause <= mostMs);
        var range = mostMs - leastMs;
        pauses.Min().ShouldBeLessThan(leastMs + (range * 0.05));
        pauses.Max().ShouldBeGreaterThan(mostMs - (range * 0.05));
        pauses.Average().ShouldBe((leastMs + mostMs) / 2.0, range * 0.05);
    }

    [Theory]
    [InlineData(4, 4_000)]
    [InlineData(6, 16_000)]
    [InlineData(7, 30_000)]
    [InlineData(1_000_000, 30_000)]
    public void After_SoManyFailuresInTheBackground_GrowsToHalfAMinute(int failures, int mostMs)
    {
        var pauses = PausesAfter(failures, isInForeground: false);

        pauses.ShouldAllBe(pause => pause >= 0 && pause <= mostMs);
        pauses.Max().ShouldBeGreaterThan(mostMs * 0.95);
    }

    [Fact]
    public void After_ManyFailuresWithALongestRetryBelowTheForegrounds_StaysBelowIt() =>
        new ReconnectSchedule(new MessagingSessionOptions { LongestRetry = TimeSpan.FromSeconds(1) }).After(50, isInForeground: true)
            .ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(1));

    [Fact]
    public async Task Session_InTheForegroundWhileTheServerIsAway_SaysWhenItTriesAgainAndNeverWaitsForMoreThanFourSeconds()
    {
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        await using var line = new BadLine(_server.Address);
        await using var stan = await OpenAsync(line, clock);
        stan.Session.IsInForeground = true;
        stan.Session.NextAttempt.ShouldBeNull();

        for (var attempt = 1; attempt <= 12; attempt++)
        {
            var next = await CutOrWaitForTheNextFailureAsync(stan, line, clock, attempt);

            next.CanBeBroughtForward.ShouldBeTrue();
            (next.At - clock.GetUtcNow()).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(4));
        }

        line.IsDown = false;
        clock.Advance(TimeSpan.FromSeconds(4));
        await stan.BeAsync(ConnectionState.Online);
        stan.Session.NextAttempt.ShouldBeNull();
    }

    [Fact]
    public async Task Session_InTheBackgroundWhileTheServerIsAway_WaitsLongerAndTriesAtOnceWhenItComesToTheForeground()
    {
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        await using var line = new BadLine(_server.Address);
        await using var stan = await OpenAsync(line, clock);
        var longest = TimeSpan.Zero;
        NextAttempt? next = null;
        for (var attempt = 1; attempt <= 25 || next!.At - clock.GetUtcNow() < TimeSpan.FromSeconds(5); attempt++)
        {
            next = await CutOrWaitForTheNextFailureAsync(stan, line, clock, attempt);
            longest = next.At - clock.GetUtcNow() > longest ? next.At - clock.GetUtcNow() : longest;
        }

        longest.ShouldBeInRange(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
        line.IsDown = false;
        stan.Session.IsInForeground = true;

        await stan.BeAsync(ConnectionState.Online);
    }

    [Fact]
    public async Task RetryNow_WhileWaitingForTheNextAttempt_MakesItAtOnce()
    {
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        await using var line = new BadLine(_server.Address);
        await using var stan = await OpenAsync(line, clock);
        await CutOrWaitForTheNextFailureAsync(stan, line, clock, attempt: 1);
        line.IsDown = false;

        stan.Session.RetryNow();

        await stan.BeAsync(ConnectionState.Online);
    }

    [Fact]
    public async Task Send_AfterTheConnectionIsCutWhileRestWorks_IsSentBeforeTheNextAttemptToConnect()
    {
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup, _defaults, clock: clock);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        line.CutHubs();
        await stan.BeAsync(ConnectionState.Offline);

        await timeline.SendAsync("At once", cancellationToken: Cancellation);

        await Eventually.TrueAsync(() => timeline.Unsent.Count == 0, "It waits for the connection.");
        stan.Session.Connection.ShouldBe(ConnectionState.Offline);
    }

    [Fact]
    public async Task Send_DuringAnAttemptToConnectAfterAFailedOne_WaitsUntilTheServerIsBack()
    {
        var clock = new FakeTimeProvider(_server.Clock.GetUtcNow());
        var (_, startup, conversationId) = await _server.RegisterPairAsync();
        await using var line = new BadLine(_server.Address);
        await using var stan = await Device.OpenAsync(line.Address, startup, _defaults, clock: clock);
        var timeline = await stan.OpenAsync(conversationId);
        await stan.BeAsync(ConnectionState.Online);
        await CutOrWaitForTheNextFailureAsync(stan, line, clock, attempt: 1);
        await CutOrWaitForTheNextFailureAsync(stan, line, clock, attempt: 2);
        var silence = line.GoSilent();
        line.IsDown = false;
        stan.Session.RetryNow();
        await stan.BeAsync(ConnectionState.Connecting);

        var message = await timeline.SendAsync("Helo", cancellationToken: Cancellation);
        stan.Session.RetryNow();

        message.NeverAttempted.ShouldBeTrue();
        (await timeline.EditUnsentAsync(message, "Hello", Cancellation)).ShouldBe(UnsentChangeResult.Succeeded);
        silence.Dispose();
        await stan.BeAsync(ConnectionState.Online);
        await Eventually.TrueAsync(() => timeline.Unsent.Count == 0, "It is not sent.");
        timeline.Messages.ShouldHaveSingleItem().Content.ShouldBe("Hello");
    }

    [Theory]
    [InlineData(3_200, "Next attempt in 4 seconds")]
    [InlineData(3_000, "Next attempt in 3 seconds")]
    [InlineData(1_001, "Next attempt in 2 seconds")]
    [InlineData(1_000, "Next attempt in 1 second")]
    [InlineData(10, "Next attempt in 1 second")]
    [InlineData(0, "Next attempt in 1 second")]
    [InlineData(-500, "Next attempt in 1 second")]
    public void Text_OfTheTimeThatIsLeft_CountsTheBegunSecond(int leftMs, string expected) =>
        NextAttemptText.Of(TimeSpan.FromMilliseconds(leftMs)).ShouldBe(expected);

    private static List<double> PausesAfter(int failures, bool isInForeground)
    {
        var schedule = new ReconnectSchedule(_defaults);

        return [.. Enumerable.Range(0, 2_000).Select(_ => schedule.After(failures, isInForeground).TotalMilliseconds)];
    }

    /// <summary>Opens a connected session with the default waits.</summary>
    private async Task<Device> OpenAsync(BadLine line, TimeProvider clock)
    {
        var device = await Device.OpenAsync(line.Address, await _server.RegisterStartupAsync(), _defaults, clock: clock);
        await device.BeAsync(ConnectionState.Online);

        return device;
    }

    /// <summary>Fails the connection or the next attempt, and returns when the following attempt is planned.</summary>
    private static async Task<NextAttempt> CutOrWaitForTheNextFailureAsync(Device device, BadLine line, FakeTimeProvider clock, int attempt)
    {
        line.IsDown = true;
        var before = device.Session.NextAttempt;
        if (attempt == 1)
            line.Cut();
        else
            clock.Advance(before!.At - clock.GetUtcNow());

        await Eventually.TrueAsync(() => device.Session.NextAttempt is { } next && next != before, "No further attempt is planned.");
        Cancellation.ThrowIfCancellationRequested();

        return device.Session.NextAttempt!;
    }
}
