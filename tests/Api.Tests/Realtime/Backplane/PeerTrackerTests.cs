using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime.Backplane;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Api.Tests.Realtime.Backplane;

/// <summary>Tests that a server detects events of another server that it missed, and delivers no event twice.</summary>
public sealed class PeerTrackerTests
{
    private static readonly Guid _peer = Guid.CreateVersion7();
    private static readonly ConversationStarted _fact = new(new ConversationId(Guid.CreateVersion7()), [], DateTimeOffset.UnixEpoch);

    private readonly FakeTimeProvider _clock = new();
    private readonly PeerTracker _peers;

    public PeerTrackerTests() => _peers = new PeerTracker(_clock);

    [Fact]
    public void Hear_OfFactsInOrder_MissesNothing()
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
    public void Hear_OfFactBeyondTheNext_MissesSomething(long number, bool missing)
    {
        OnEvent(1);

        OnEvent(number).ShouldBe((true, missing));
        OnEvent(number + 1).ShouldBe((true, false));
    }

    [Fact]
    public void Hear_OfPulseAheadOfTheFacts_MissesSomethingOnce()
    {
        OnEvent(1);

        OnHeartbeat(2).ShouldBe((false, true));
        OnHeartbeat(2).ShouldBe((false, false));
    }

    [Fact]
    public void Hear_OfSomebodyNewWhoHasSpokenBefore_MissesSomething() => OnHeartbeat(5).ShouldBe((false, true));

    /// <summary>
    /// A server with a newer version sends events that this one does not know; the known ones between them must not count as missing.
    /// </summary>
    [Fact]
    public void Hear_OfUnknownEventsBetweenOthers_MissesNothing()
    {
        OnEvent(1);

        Hear(2, new UnknownEvent()).SomethingIsMissing.ShouldBeFalse();
        OnHeartbeat(2).ShouldBe((false, false));
        OnEvent(3).ShouldBe((true, false));
    }

    [Fact]
    public void Hear_OfFactThatCameBefore_IsNoNews()
    {
        OnEvent(1);
        OnHeartbeat(3);

        OnEvent(1).IsNews.ShouldBeFalse();
        OnEvent(2).IsNews.ShouldBeFalse();
        OnEvent(4).ShouldBe((true, false));
    }

    [Fact]
    public void ForgetSilent_AfterFiveSecondsWithoutAWord_MissesSomeoneOnce()
    {
        OnHeartbeat(0);

        _clock.Advance(TimeSpan.FromSeconds(5));
        _peers.ForgetSilent().ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _peers.ForgetSilent().ShouldBeTrue();
        _peers.ForgetSilent().ShouldBeFalse();
    }

    [Fact]
    public void ForgetSilent_AfterLeaving_MissesNobody()
    {
        OnEvent(1);
        Hear(1, new Leaving()).ShouldBe((false, false));

        _clock.Advance(TimeSpan.FromMinutes(1));

        _peers.ForgetSilent().ShouldBeFalse();
    }

    [Fact]
    public void ListenAgain_AfterOwnSilence_GivesEverybodyTime()
    {
        OnHeartbeat(0);
        _clock.Advance(TimeSpan.FromMinutes(1));

        _peers.ListenAgain();

        _peers.ForgetSilent().ShouldBeFalse();
    }

    private (bool IsNews, bool SomethingIsMissing) OnEvent(long number) => Hear(number, _fact);

    private (bool IsNews, bool SomethingIsMissing) OnHeartbeat(long number) => Hear(number, new Heartbeat());

    private (bool IsNews, bool SomethingIsMissing) Hear(long number, object content) =>
        _peers.Hear(new BackplaneMessage(_peer, number, content));
}
