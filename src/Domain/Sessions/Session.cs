using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>
/// A sign-in on one device: the family of refresh tokens that descend from one log-in. Exactly one of them is good at a time;
/// whoever presents another one of the family ends the session for everybody who holds it.
/// </summary>
public sealed class Session : AggregateRoot
{
    /// <summary>A session that is not refreshed for this long is over.</summary>
    public static readonly TimeSpan IdleLifetime = TimeSpan.FromDays(14);

    /// <summary>A session is over this long after its log-in, however often it was refreshed.</summary>
    public static readonly TimeSpan AbsoluteLifetime = TimeSpan.FromDays(60);

    private Session()
    {
    }

    public Guid Id { get; private init; }

    public Guid UserId { get; private init; }

    /// <summary>SHA-256 of the one refresh token that is good now; the token itself is stored nowhere.</summary>
    public byte[] TokenHash { get; private set; } = [];

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>From this instant on the session cannot be refreshed.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When it was ended, by a log-out for one; null while it is alive.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>Starts a session for a user who has just proved who they are.</summary>
    public static Session Open(Guid id, Guid userId, byte[] tokenHash, DateTimeOffset now)
    {
        var at = now.ToStored();
        var session = new Session
        {
            Id = id,
            UserId = userId,
            TokenHash = tokenHash,
            CreatedAt = at,
            ExpiresAt = at + IdleLifetime,
        };
        session.Raise(new UserSignedIn(userId, id, at));

        return session;
    }

    /// <summary>
    /// Exchanges the good token for a new one. Returns false when the presented token is not the good one, or the session is
    /// over. A token that is not the good one was good once, or is a guess: both end the session, and that must be stored.
    /// </summary>
    public bool TryRotate(byte[] presentedHash, byte[] newHash, DateTimeOffset now)
    {
        if (RevokedAt is not null || now >= ExpiresAt)
            return false;

        if (!presentedHash.AsSpan().SequenceEqual(TokenHash))
        {
            Revoke(now);
            return false;
        }

        var idleUntil = now.ToStored() + IdleLifetime;
        var atMost = CreatedAt + AbsoluteLifetime;
        TokenHash = newHash;
        ExpiresAt = idleUntil < atMost ? idleUntil : atMost;

        return true;
    }

    /// <summary>Ends the session, and with it the access that its tokens give; ending it twice keeps the first time.</summary>
    public void Revoke(DateTimeOffset now)
    {
        if (RevokedAt is not null)
            return;

        var at = now.ToStored();
        RevokedAt = at;
        Raise(new SessionEnded(UserId, Id, at));
    }
}
