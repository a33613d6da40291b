using CleanMessaging.Domain.Sessions;

namespace CleanMessaging.Domain.Tests.Sessions;

public sealed class SessionTests
{
    private static readonly Guid _sessionId = new("019534a0-0000-7000-8000-0000000000b1");
    private static readonly byte[] _first = [1, 1, 1];
    private static readonly byte[] _second = [2, 2, 2];
    private static readonly byte[] _third = [3, 3, 3];

    [Fact]
    public void Lifetimes_Always_AreTwoWeeksIdleAndSixtyDaysInAll()
    {
        Session.IdleLifetime.ShouldBe(TimeSpan.FromDays(14));
        Session.AbsoluteLifetime.ShouldBe(TimeSpan.FromDays(60));
    }

    [Fact]
    public void Open_ByUser_IsSignedInForTheIdleLifetime()
    {
        var session = Session.Open(_sessionId, Given.Investor.Id, _first, Given.Noon.AddTicks(9));

        session.Id.ShouldBe(_sessionId);
        session.UserId.ShouldBe(Given.Investor.Id);
        session.TokenHash.ShouldBe(_first);
        session.CreatedAt.ShouldBe(Given.Noon);
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(14));
        session.RevokedAt.ShouldBeNull();
        session.DomainEvents.ShouldHaveSingleItem().ShouldBe(new UserSignedIn(Given.Investor.Id, _sessionId, Given.Noon));
    }

    [Fact]
    public void TryRotate_WithTheGoodToken_ExchangesItAndRestartsTheIdleLifetime()
    {
        var session = Open();

        session.TryRotate([.. _first], _second, Given.Noon.AddDays(10)).ShouldBeTrue();

        session.TokenHash.ShouldBe(_second);
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(24));
        session.RevokedAt.ShouldBeNull();
        session.TryRotate(_second, _third, Given.Noon.AddDays(20)).ShouldBeTrue();
        session.TokenHash.ShouldBe(_third);
    }

    [Fact]
    public void TryRotate_WithATokenUsedBefore_EndsTheSessionForWhoeverHoldsTheGoodOne()
    {
        var session = Open();
        session.TryRotate(_first, _second, Given.Noon.AddDays(1)).ShouldBeTrue();

        session.TryRotate(_first, _third, Given.Noon.AddDays(2)).ShouldBeFalse();

        session.RevokedAt.ShouldBe(Given.Noon.AddDays(2));
        session.TokenHash.ShouldBe(_second);
        session.TryRotate(_second, _third, Given.Noon.AddDays(2)).ShouldBeFalse();
        session.TokenHash.ShouldBe(_second);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 1 })]
    [InlineData(new byte[] { 1, 1, 1, 1 })]
    [InlineData(new byte[] { 1, 1, 2 })]
    public void TryRotate_WithAGuess_EndsTheSession(byte[] guess)
    {
        var session = Open();

        session.TryRotate(guess, _second, Given.Noon.AddDays(1)).ShouldBeFalse();

        session.RevokedAt.ShouldBe(Given.Noon.AddDays(1));
        session.TokenHash.ShouldBe(_first);
        EndOf(session).ShouldBe(new SessionEnded(Given.Investor.Id, _sessionId, Given.Noon.AddDays(1)));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void TryRotate_AroundTheIdleLifetime_IsOverAtTheInstantItself(int microseconds, bool expected)
    {
        var session = Open();

        session.TryRotate(_first, _second, Given.Noon.AddDays(14).AddMicroseconds(microseconds)).ShouldBe(expected);

        session.TokenHash.ShouldBe(expected ? _second : _first);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void TryRotate_AroundTheAbsoluteLifetime_IsOverHoweverOftenItWasRefreshed(int microseconds, bool expected)
    {
        var session = Open();
        foreach (var day in new[] { 13, 26, 39 })
            session.TryRotate(_first, _first, Given.Noon.AddDays(day)).ShouldBeTrue();

        session.TryRotate(_first, _first, Given.Noon.AddDays(46)).ShouldBeTrue();
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(60));
        session.TryRotate(_first, _first, Given.Noon.AddDays(59)).ShouldBeTrue();
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(60));

        session.TryRotate(_first, _second, Given.Noon.AddDays(60).AddMicroseconds(microseconds)).ShouldBe(expected);

        session.TokenHash.ShouldBe(expected ? _second : _first);
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(60));
    }

    [Fact]
    public void TryRotate_ADayBeforeTheAbsoluteLifetimeCutsIn_StillGivesTheWholeIdleLifetime()
    {
        var session = Open();
        foreach (var day in new[] { 13, 26, 39 })
            session.TryRotate(_first, _first, Given.Noon.AddDays(day)).ShouldBeTrue();

        session.TryRotate(_first, _second, Given.Noon.AddDays(45)).ShouldBeTrue();

        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(59));
    }

    [Fact]
    public void TryRotate_OfAnEndedSession_IsRefusedAndKeepsWhenItEnded()
    {
        var session = Open();
        session.Revoke(Given.Noon.AddDays(1));

        session.TryRotate(_first, _second, Given.Noon.AddDays(2)).ShouldBeFalse();
        session.TryRotate(_third, _second, Given.Noon.AddDays(2)).ShouldBeFalse();

        session.TokenHash.ShouldBe(_first);
        session.RevokedAt.ShouldBe(Given.Noon.AddDays(1));
    }

    [Fact]
    public void Revoke_Twice_KeepsTheFirstTimeAndIsToldOnce()
    {
        var session = Open();

        session.Revoke(Given.Noon.AddDays(1).AddTicks(9));
        session.Revoke(Given.Noon.AddDays(2));

        session.RevokedAt.ShouldBe(Given.Noon.AddDays(1));
        EndOf(session).ShouldBe(new SessionEnded(Given.Investor.Id, _sessionId, Given.Noon.AddDays(1)));
    }

    private static SessionEnded EndOf(Session session) => session.DomainEvents.OfType<SessionEnded>().ShouldHaveSingleItem();

    private static Session Open() => Session.Open(_sessionId, Given.Investor.Id, _first, Given.Noon);
}
