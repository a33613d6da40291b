using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Sessions;

namespace CleanMessaging.Domain.Tests.Sessions;

public sealed class SessionTests
{
    private static readonly SessionId _sessionId = new(new Guid("019534a0-0000-7000-8000-0000000000b1"));
    private static readonly byte[] _key = [7];
    private static readonly byte[] _salt = [8];
    private static readonly byte[] _first = [1, 1, 1];
    private static readonly byte[] _second = [2, 2, 2];
    private static readonly byte[] _third = [3, 3, 3];
    private static readonly byte[] _unrelated = [9, 9, 9];

    [Fact]
    public void Lifetimes_Always_AreTwoWeeksIdleSixtyDaysInAllAndHalfAMinuteForAPredecessor()
    {
        Session.IdleLifetime.ShouldBe(TimeSpan.FromDays(14));
        Session.AbsoluteLifetime.ShouldBe(TimeSpan.FromDays(60));
        Session.ExchangeGracePeriod.ShouldBe(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Open_ByUser_IsSignedInForTheIdleLifetime()
    {
        var session = Session.Open(_sessionId, new UserId(Given.Investor.Id), _key, _first, Given.Noon.AddTicks(9));

        session.Id.ShouldBe(_sessionId);
        session.UserId.ShouldBe(Given.Investor.Id);
        session.FamilyKey.ShouldBe(_key);
        session.TokenHash.ShouldBe(_first);
        session.SuccessorSalt.ShouldBeNull();
        session.RotatedAt.ShouldBeNull();
        session.CreatedAt.ShouldBe(Given.Noon);
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(14));
        session.RevokedAt.ShouldBeNull();
        session.DomainEvents.ShouldBeEmpty();
    }

    [Fact]
    public void Present_TheCurrentToken_IsCurrentUntilItIsRotated()
    {
        var session = Open();

        session.Present(Issued([.. _first]), Given.Noon.AddDays(10)).ShouldBe(TokenState.Current);
        session.Rotate(_key, _salt, _second, Given.Noon.AddDays(10).AddTicks(9));

        session.TokenHash.ShouldBe(_second);
        session.SuccessorSalt.ShouldBe(_salt);
        session.RotatedAt.ShouldBe(Given.Noon.AddDays(10));
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(24));
        session.RevokedAt.ShouldBeNull();
        session.Present(Issued(_second), Given.Noon.AddDays(20)).ShouldBe(TokenState.Current);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(29_999_999, true)]
    [InlineData(30_000_000, true)]
    [InlineData(30_000_001, false)]
    [InlineData(60_000_000, false)]
    [InlineData(-5_000_000, true)]
    public void Present_TheDirectPredecessor_IsAcceptedForHalfAMinuteAndThenEndsTheSession(long microseconds, bool expected)
    {
        var rotatedAt = Given.Noon.AddDays(1);
        var session = Rotated(_first, _second, rotatedAt);
        var now = rotatedAt.AddMicroseconds(microseconds);

        session.Present(Issued(_first, successor: _second), now).ShouldBe(expected ? TokenState.Predecessor : TokenState.Rejected);

        session.RevokedAt.ShouldBe(expected ? null : now);
        session.TokenHash.ShouldBe(_second);
        session.ExpiresAt.ShouldBe(rotatedAt.AddDays(14));
    }

    [Fact]
    public void Present_ThePredecessorAgainAndAgain_DoesNotMakeItLast()
    {
        var session = Rotated(_first, _second, Given.Noon);
        foreach (var second in new[] { 10, 20, 30 })
            session.Present(Issued(_first, successor: _second), Given.Noon.AddSeconds(second)).ShouldBe(TokenState.Predecessor);

        session.Present(Issued(_first, successor: _second), Given.Noon.AddSeconds(31)).ShouldBe(TokenState.Rejected);

        session.RevokedAt.ShouldBe(Given.Noon.AddSeconds(31));
    }

    /// <summary>
    /// Tests tokens of earlier versions, which do not show that this session issued them. Their successor identifies them as the direct
    /// predecessor.
    /// </summary>
    [Theory]
    [InlineData(30, TokenState.Predecessor)]
    [InlineData(31, TokenState.Rejected)]
    public void Present_APredecessorOfAVersionBefore_IsTreatedAsAnyOther(int seconds, TokenState expected)
    {
        var session = Rotated(_first, _second, Given.Noon);

        session.Present(new PresentedToken(_first, IsIssued: false, _second), Given.Noon.AddSeconds(seconds)).ShouldBe(expected);

        session.RevokedAt.ShouldBe(expected == TokenState.Rejected ? Given.Noon.AddSeconds(seconds) : null);
    }

    [Fact]
    public void Present_ATokenBeforeTheDirectPredecessor_EndsTheSessionForTheHolderOfTheCurrentOne()
    {
        var session = Rotated(_first, _second, Given.Noon);
        session.Rotate(_key, _salt, _third, Given.Noon.AddSeconds(1));

        session.Present(Issued(_first, successor: _unrelated), Given.Noon.AddSeconds(2)).ShouldBe(TokenState.Rejected);

        session.RevokedAt.ShouldBe(Given.Noon.AddSeconds(2));
        RevocationOf(session).ShouldBe(new SessionRevoked(new UserId(Given.Investor.Id), _sessionId, Given.Noon.AddSeconds(2)));
        session.Present(Issued(_third), Given.Noon.AddSeconds(2)).ShouldBe(TokenState.Rejected);
        session.Present(Issued(_second, successor: _third), Given.Noon.AddSeconds(2)).ShouldBe(TokenState.Rejected);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 2, 2 })]
    [InlineData(new byte[] { 2, 2, 2, 2 })]
    [InlineData(new byte[] { 2, 2, 3 })]
    public void Present_ATokenThatWasNeverIssued_IsRejectedAndChangesNothing(byte[] guess)
    {
        var session = Rotated(_first, _second, Given.Noon);
        var events = session.DomainEvents.Count;

        session.Present(new PresentedToken(guess, IsIssued: false, _unrelated), Given.Noon.AddSeconds(1)).ShouldBe(TokenState.Rejected);
        session.Present(new PresentedToken(guess, IsIssued: false, SuccessorHash: null), Given.Noon.AddSeconds(1))
            .ShouldBe(TokenState.Rejected);

        session.RevokedAt.ShouldBeNull();
        session.DomainEvents.Count.ShouldBe(events);
        session.Present(Issued(_second), Given.Noon.AddSeconds(1)).ShouldBe(TokenState.Current);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Present_AroundTheIdleLifetime_IsOverAtTheInstantItself(int microseconds, bool expected)
    {
        var session = Open();

        session.Present(Issued(_first), Given.Noon.AddDays(14).AddMicroseconds(microseconds))
            .ShouldBe(expected ? TokenState.Current : TokenState.Rejected);

        session.RevokedAt.ShouldBeNull();
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Present_AroundTheAbsoluteLifetime_IsOverHoweverOftenItWasRefreshed(int microseconds, bool expected)
    {
        var session = Open();
        foreach (var day in new[] { 13, 26, 39, 46 })
            session.Rotate(_key, _salt, _first, Given.Noon.AddDays(day));

        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(60));
        session.Rotate(_key, _salt, _first, Given.Noon.AddDays(59));
        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(60));

        var now = Given.Noon.AddDays(60).AddMicroseconds(microseconds);
        session.Present(Issued(_first), now).ShouldBe(expected ? TokenState.Current : TokenState.Rejected);
        session.Present(Issued(_second, successor: _first), now).ShouldBe(TokenState.Rejected);
    }

    [Fact]
    public void Rotate_ADayBeforeTheAbsoluteLifetimeCutsIn_StillGivesTheWholeIdleLifetime()
    {
        var session = Open();

        foreach (var day in new[] { 13, 26, 39, 45 })
            session.Rotate(_key, _salt, _first, Given.Noon.AddDays(day));

        session.ExpiresAt.ShouldBe(Given.Noon.AddDays(59));
    }

    [Fact]
    public void Rotate_OfASessionThatIsOver_IsAProgrammersError()
    {
        var session = Open();

        Should.Throw<InvalidOperationException>(() => session.Rotate(_key, _salt, _second, Given.Noon.AddDays(14)));
        session.Revoke(Given.Noon);
        Should.Throw<InvalidOperationException>(() => session.Rotate(_key, _salt, _second, Given.Noon));

        session.TokenHash.ShouldBe(_first);
    }

    [Fact]
    public void Present_InAnEndedSession_IsRejectedAndKeepsWhenItEnded()
    {
        var session = Rotated(_first, _second, Given.Noon);
        session.Revoke(Given.Noon.AddSeconds(1));

        session.Present(Issued(_second), Given.Noon.AddSeconds(2)).ShouldBe(TokenState.Rejected);
        session.Present(Issued(_first, successor: _second), Given.Noon.AddSeconds(2)).ShouldBe(TokenState.Rejected);
        session.Present(Issued(_third), Given.Noon.AddSeconds(2)).ShouldBe(TokenState.Rejected);

        session.RevokedAt.ShouldBe(Given.Noon.AddSeconds(1));
    }

    [Fact]
    public void Revoke_Twice_KeepsTheFirstTimeAndRaisesOneEvent()
    {
        var session = Open();

        session.Revoke(Given.Noon.AddDays(1).AddTicks(9));
        session.Revoke(Given.Noon.AddDays(2));

        session.RevokedAt.ShouldBe(Given.Noon.AddDays(1));
        RevocationOf(session).ShouldBe(new SessionRevoked(new UserId(Given.Investor.Id), _sessionId, Given.Noon.AddDays(1)));
    }

    private static SessionRevoked RevocationOf(Session session) => session.DomainEvents.OfType<SessionRevoked>().ShouldHaveSingleItem();

    private static PresentedToken Issued(byte[] hash, byte[]? successor = null) => new(hash, IsIssued: true, successor);

    private static Session Open() => Session.Open(_sessionId, new UserId(Given.Investor.Id), _key, _first, Given.Noon);

    private static Session Rotated(byte[] from, byte[] to, DateTimeOffset at)
    {
        var session = Session.Open(_sessionId, new UserId(Given.Investor.Id), _key, from, Given.Noon);
        session.Rotate(_key, _salt, to, at);

        return session;
    }
}
