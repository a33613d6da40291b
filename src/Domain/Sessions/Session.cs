using System.Security.Cryptography;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>
/// A sign-in on one device: the family of refresh tokens that descend from one login. One token is current. The direct predecessor is
/// accepted for 30 more seconds: for a client that did not receive the response, and for a second browser tab. An older issued token
/// indicates theft: presenting it revokes the session.
/// </summary>
public sealed class Session : AggregateRoot
{
    /// <summary>A session expires when it is not refreshed for this long.</summary>
    public static readonly TimeSpan IdleLifetime = TimeSpan.FromDays(14);

    /// <summary>A session expires this long after its login, even if it is refreshed.</summary>
    public static readonly TimeSpan AbsoluteLifetime = TimeSpan.FromDays(60);

    /// <summary>
    /// How long the direct predecessor of the current token is accepted after the exchange: more than twice a client's request timeout.
    /// </summary>
    public static readonly TimeSpan ExchangeGracePeriod = TimeSpan.FromSeconds(30);

    private Session()
    {
    }

    public Guid Id { get; private init; }

    public Guid UserId { get; private init; }

    /// <summary>The SHA-256 hash of the current refresh token. The token itself is not stored.</summary>
    public byte[] TokenHash { get; private set; } = [];

    /// <summary>
    /// The random key of this session's tokens. It proves that a token was issued, and successors are derived with it. It is useless
    /// without a token. Null for a session that an earlier version created, until its next exchange.
    /// </summary>
    public byte[]? FamilyKey { get; private set; }

    /// <summary>
    /// The random salt from which the current token was derived, with its direct predecessor; null before the first exchange. With it the
    /// server can repeat the response to a repeated exchange. The current token cannot be derived from any older token.
    /// </summary>
    public byte[]? SuccessorSalt { get; private set; }

    /// <summary>The time at which the current token replaced its predecessor; null before the first exchange.</summary>
    public DateTimeOffset? RotatedAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>The instant from which on the session cannot be refreshed.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>The time at which the session was revoked, for example by a logout; null if it was not revoked.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>Opens a session for a user who has just authenticated.</summary>
    public static Session Open(SessionId id, UserId userId, byte[] familyKey, byte[] tokenHash, DateTimeOffset now)
    {
        var at = now.ToStored();

        return new Session
        {
            Id = id,
            UserId = userId,
            FamilyKey = familyKey,
            TokenHash = tokenHash,
            CreatedAt = at,
            ExpiresAt = at + IdleLifetime,
        };
    }

    /// <summary>
    /// Checks a presented refresh token. A token older than the direct predecessor, or the predecessor after the grace period, indicates
    /// that two parties have it: the session is revoked, and the caller must store that. A token that was never issued changes nothing.
    /// </summary>
    public TokenState Present(PresentedToken token, DateTimeOffset now)
    {
        if (RevokedAt is not null || now >= ExpiresAt)
            return TokenState.Rejected;

        if (IsCurrent(token.Hash))
            return TokenState.Current;

        var isPredecessor = token.SuccessorHash is { } successorHash && IsCurrent(successorHash);
        if (isPredecessor && now - RotatedAt <= ExchangeGracePeriod)
            return TokenState.Predecessor;

        if (isPredecessor || token.IsIssued)
            Revoke(now);

        return TokenState.Rejected;
    }

    /// <summary>Replaces the current token with its successor.</summary>
    /// <exception cref="InvalidOperationException">The session has expired or is revoked.</exception>
    public void Rotate(byte[] familyKey, byte[] successorSalt, byte[] successorHash, DateTimeOffset now)
    {
        if (RevokedAt is not null || now >= ExpiresAt)
            throw new InvalidOperationException("The session has expired or is revoked.");

        var at = now.ToStored();
        var idleUntil = at + IdleLifetime;
        var atMost = CreatedAt + AbsoluteLifetime;
        FamilyKey = familyKey;
        SuccessorSalt = successorSalt;
        TokenHash = successorHash;
        RotatedAt = at;
        ExpiresAt = idleUntil < atMost ? idleUntil : atMost;
    }

    /// <summary>Revokes the session and thereby all of its tokens. A second call keeps the first revocation time.</summary>
    public void Revoke(DateTimeOffset now)
    {
        if (RevokedAt is not null)
            return;

        var at = now.ToStored();
        RevokedAt = at;
        Raise(new SessionRevoked(new UserId(UserId), new SessionId(Id), at));
    }

    private bool IsCurrent(byte[] hash) => CryptographicOperations.FixedTimeEquals(hash, TokenHash);
}
