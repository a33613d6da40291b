using CleanMessaging.Domain.Ids;
using CleanMessaging.Infrastructure.Realtime;
using Microsoft.Extensions.Time.Testing;

namespace CleanMessaging.Api.Tests.Realtime;

/// <summary>Tests which typing events a server stores and passes on to clients.</summary>
public sealed class TypingIndicatorsTests
{
    private static readonly DateTimeOffset _noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly ConversationId _conversationId = new(Guid.CreateVersion7());
    private static readonly UserId _userId = new(Guid.CreateVersion7());

    private readonly FakeTimeProvider _clock = new(_noon);
    private readonly TypingIndicators _indicators;

    public TypingIndicatorsTests() => _indicators = new TypingIndicators(_clock);

    [Fact]
    public void Find_UntilTheIndicatorExpires_ReturnsIt()
    {
        _indicators.Add(Typed(sequence: 3)).ShouldBeTrue();

        Found().ShouldBe((_noon.AddSeconds(6), 3));
        _clock.Advance(TimeSpan.FromSeconds(6) - TimeSpan.FromTicks(1));
        Found().ShouldNotBeNull();
        _clock.Advance(TimeSpan.FromTicks(1));
        Found().ShouldBeNull();
    }

    [Fact]
    public void Find_OfAUserWhoHasStopped_ReturnsNothing()
    {
        _indicators.Add(Typed());
        _indicators.Add(Typed(isTyping: false)).ShouldBeTrue();

        Found().ShouldBeNull();
    }

    [Fact]
    public void Add_OfAnEventThatArrivesLate_ChangesNothing()
    {
        _indicators.Add(Typed(sequence: 5, isTyping: false));
        var olderMessage = Typed(sequence: 4);
        var olderTime = Typed(sequence: 5) with { Until = _noon.AddSeconds(5) };

        _indicators.Add(olderMessage).ShouldBeFalse();
        _indicators.Add(olderTime).ShouldBeFalse();

        Found().ShouldBeNull();
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-2)]
    public void Add_FromAServerWithAnotherClock_ExpiresAfterSixSecondsAtMost(int secondsAhead)
    {
        _indicators.Add(Typed() with { Until = _noon.AddSeconds(secondsAhead + 6) }).ShouldBeTrue();

        Found()!.Value.Until.ShouldBe(_noon.AddSeconds(Math.Min(6, secondsAhead + 6)));
        _clock.Advance(TimeSpan.FromSeconds(1));
        _indicators.Add(Typed(isTyping: false)).ShouldBeTrue("A wrong clock must not suppress later events.");
        Found().ShouldBeNull();
    }

    [Fact]
    public void Add_AfterTheClockWasSetBack_IsNotSuppressed()
    {
        _indicators.Add(Typed());
        _clock.AdjustTime(_noon.AddHours(-1));

        Found().ShouldBeNull();
        _indicators.Add(Typed()).ShouldBeTrue();
        Found().ShouldNotBeNull();
    }

    [Fact]
    public void Add_OfMoreEntriesThanFit_RemovesTheOldest()
    {
        var userIds = Enumerable.Range(0, TypingIndicators.EntriesMax + 1).Select(_ => new UserId(Guid.CreateVersion7())).ToList();

        foreach (var userId in userIds)
            _indicators.Add(Typed() with { UserId = userId }).ShouldBeTrue();

        _indicators.Count.ShouldBe(TypingIndicators.EntriesMax);
        _indicators.Find(_conversationId, userIds[0]).ShouldBeNull();
        _indicators.Find(_conversationId, userIds[1]).ShouldNotBeNull();
        _indicators.Find(_conversationId, userIds[^1]).ShouldNotBeNull();
    }

    [Fact]
    public void Add_AfterAWhile_RemovesTheExpiredEntries()
    {
        for (var number = 0; number < 1000; number++)
            _indicators.Add(Typed() with { UserId = new UserId(Guid.CreateVersion7()) });
        _clock.Advance(TimeSpan.FromSeconds(7));

        _indicators.Add(Typed());

        _indicators.Count.ShouldBe(1);
    }

    [Fact]
    public void Add_OfAFlood_PassesOnFiveInFiveSecondsAndStoresTheLatest()
    {
        var passed = 0;
        for (var number = 0; number < 1000; number++)
            passed += _indicators.Add(Typed(isTyping: number % 2 == 0)) ? 1 : 0;

        passed.ShouldBe(5);
        _indicators.Count.ShouldBe(1);
        Found().ShouldBeNull();
        _clock.Advance(TimeSpan.FromSeconds(5));
        _indicators.Add(Typed()).ShouldBeTrue();
    }

    private (DateTimeOffset Until, long Sequence)? Found() =>
        _indicators.Find(_conversationId, _userId) is { } found ? (found.Until, found.Sequence) : null;

    private UserTyped Typed(long sequence = 0, bool isTyping = true) => new(
        _conversationId, _userId, isTyping, _clock.GetUtcNow().AddSeconds(6), sequence, Revision: sequence, NotifiedIds: []);
}
