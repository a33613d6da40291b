using CleanMessaging.Domain.Conversations;
using CleanMessaging.Infrastructure.Realtime.Bus;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Api.Tests.Realtime.Bus;

/// <summary>A server knows when it has missed something of another, and tells nothing twice.</summary>
public sealed class PeersTests
{
    private static readonly Guid _peer = Guid.CreateVersion7();
    private static readonly ConversationStarted _fact = new(Guid.CreateVersion7(), [], DateTimeOffset.UnixEpoch);

    private readonly FakeTimeProvider _clock = new();
    private readonly Peers _peers;

    public PeersTests() => _peers = new Peers(_clock);

    [Fact]
    public void Hear_OfFactsInOrder_MissesNothing()
    {
        for (var number = 1; number <= 3; number++)
        {
            HearFact(number).ShouldBe((true, false));
            HearPulse(number).ShouldBe((false, false));
        }
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Hear_OfFactBeyondTheNext_MissesSomething(long number, bool missing)
    {
        HearFact(1);

        HearFact(number).ShouldBe((true, missing));
        HearFact(number + 1).ShouldBe((true, false));
    }

    [Fact]
    public void Hear_OfPulseAheadOfTheFacts_MissesSomethingOnce()
    {
        HearFact(1);

        HearPulse(2).ShouldBe((false, true));
        HearPulse(2).ShouldBe((false, false));
    }

    [Fact]
    public void Hear_OfSomebodyNewWhoHasSpokenBefore_MissesSomething() => HearPulse(5).ShouldBe((false, true));

    [Fact]
    public void Hear_OfFactThatCameBefore_IsNoNews()
    {
        HearFact(1);
        HearPulse(3);

        HearFact(1).IsNews.ShouldBeFalse();
        HearFact(2).IsNews.ShouldBeFalse();
        HearFact(4).ShouldBe((true, false));
    }

    [Fact]
    public void ForgetSilent_AfterFiveSecondsWithoutAWord_MissesSomeoneOnce()
    {
        HearPulse(0);

        _clock.Advance(TimeSpan.FromSeconds(5));
        _peers.ForgetSilent().ShouldBeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _peers.ForgetSilent().ShouldBeTrue();
        _peers.ForgetSilent().ShouldBeFalse();
    }

    [Fact]
    public void ForgetSilent_AfterLeaving_MissesNobody()
    {
        HearFact(1);
        Hear(1, new Leaving()).ShouldBe((false, false));

        _clock.Advance(TimeSpan.FromMinutes(1));

        _peers.ForgetSilent().ShouldBeFalse();
    }

    [Fact]
    public void ListenAgain_AfterOwnSilence_GivesEverybodyTime()
    {
        HearPulse(0);
        _clock.Advance(TimeSpan.FromMinutes(1));

        _peers.ListenAgain();

        _peers.ForgetSilent().ShouldBeFalse();
    }

    private (bool IsNews, bool SomethingIsMissing) HearFact(long number) => Hear(number, _fact);

    private (bool IsNews, bool SomethingIsMissing) HearPulse(long number) => Hear(number, new Pulse());

    private (bool IsNews, bool SomethingIsMissing) Hear(long number, object content) => _peers.Hear(new BusMessage(_peer, number, content));
}
