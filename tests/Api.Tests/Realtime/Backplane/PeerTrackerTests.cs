using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Api.Tests.Realtime.Backplane;

/// <summary>Tests that a server detects events of another server that it missed, and delivers no event twice.</summary>
public sealed class PeerTrackerTests
{
    private static readonly Guid _peer = Guid.CreateVersion7();
    private static readonly ConversationStarted _event = new(new ConversationId(Guid.CreateVersion7()), [], DateTimeOffset.UnixEpoch);

    private readonly FakeTimeProvider _clock = new();
    private readonly PeerTracker _peers;

    public PeerTrackerTests() => _peers = new PeerTracker(_clock);

    [Fact]
    public void Record_OfEventsInOrder_FindsNoGap()
    {
        for (var number = 1; number <= 3; number++)
        {
            OnEvent(number).ShouldBe((true, false));
            OnHeartbeat(number).ShouldBe((false, false));
        }
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Record_OfAnEventBeyondTheNext_FindsAGap(long number, bool missing)
    {
        OnEvent(1);

        OnEvent(number).ShouldBe((true, missing));
        OnEvent(number + 1).ShouldBe((true, false));
    }

    [Fact]
    public void Record_OfAHeartbeatAheadOfTheEvents_FindsAGapOnce()
    {
        OnEvent(1);

        OnHeartbeat(2).ShouldBe((false, true));
        OnHeartbeat(2).ShouldBe((false, false));
    }

    [Fact]
    public void Record_OfANewServerThatHasSentEventsBefore_FindsAGap() => OnHeartbeat(5).ShouldBe((false, true));

    /// <summary>
    /// A server with a newer version sends events that this one does not know; the known ones between them must not count as missing.
    /// </summary>
    [Fact]
    public void Record_OfUnknownEventsBetweenOthers_FindsNoGap()
    {
        OnEvent(1);

        Record(2, new UnknownEvent()).HasGap.ShouldBeFalse();
        OnHeartbeat(2).ShouldBe((false, false));
        OnEvent(3).ShouldBe((true, false));
    }

    [Fact]
    public void Record_OfAnEarlierEvent_IsNotNew()
    {
        OnEvent(1);
        OnHeartbeat(3);

        OnEvent(1).IsNew.ShouldBeFalse();
        OnEvent(2).IsNew.ShouldBeFalse();
        OnEvent(4).ShouldBe((true, false));
    }

    [Fact]
    public void ForgetSilent_AfterFiveSecondsOfSilence_FindsTheServerOnce()
    {
        OnHeartbeat(0);

        _clock.Advance(TimeSpan.FromSeconds(5));
        _peers.ForgetSilent().ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _peers.ForgetSilent().ShouldBeTrue();
        _peers.ForgetSilent().ShouldBeFalse();
    }

    [Fact]
    public void ForgetSilent_AfterLeaving_FindsNoServer()
    {
        OnEvent(1);
        Record(1, new Leaving()).ShouldBe((false, false));

        _clock.Advance(TimeSpan.FromMinutes(1));

        _peers.ForgetSilent().ShouldBeFalse();
    }

    [Fact]
    public void RestartTimers_AfterADisconnection_KeepsAllServers()
    {
        OnHeartbeat(0);
        _clock.Advance(TimeSpan.FromMinutes(1));

        _peers.RestartTimers();

        _peers.ForgetSilent().ShouldBeFalse();
    }

    private (bool IsNew, bool HasGap) OnEvent(long number) => Record(number, _event);

    private (bool IsNew, bool HasGap) OnHeartbeat(long number) => Record(number, new Heartbeat());

    private (bool IsNew, bool HasGap) Record(long number, object content) =>
        _peers.Record(new BackplaneMessage(_peer, number, content));
}
