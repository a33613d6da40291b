using System.Security.Cryptography;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Sessions;

/// <summary>
/// A sign-in on one device: the family of refresh tokens that descend from one login. One of them is current. Its direct predecessor is accepted for
/// 30 seconds more, for the client that did not get the answer and for the second of two tabs; a client that presents an older one that was really
/// issued ends the session for everybody who holds its tokens.
/// </summary>
public sealed class Session : AggregateRoot
{
    /// <summary>A session that is not refreshed for this long is over.</summary>
    public static readonly TimeSpan IdleLifetime = TimeSpan.FromDays(14);

    /// <summary>A session is over this long after its login, however often it was refreshed.</summary>
    public static readonly TimeSpan AbsoluteLifetime = TimeSpan.FromDays(60);

    /// <summary>How long the direct predecessor of the current token is accepted after it was exchanged: longer than a client waits for an answer, twice.</summary>
    public static readonly TimeSpan ExchangeGracePeriod = TimeSpan.FromSeconds(30);

    private Session()
    {
    }

    public Guid Id { get; private init; }

    public Guid UserId { get; private init; }

    /// <summary>SHA-256 of the current refresh token; the token itself is stored nowhere.</summary>
    public byte[] TokenHash { get; private set; } = [];

    /// <summary>
    /// The random key of this session's tokens: it proves that a token was issued, and successors are derived under it. Useless without a token. Null for
    /// a session of a version before, until its next exchange.
    /// </summary>
    public byte[]? FamilyKey { get; private set; }

    /// <summary>
    /// The random value from which, and from its direct predecessor, the current token was derived; null before the first exchange. With it the
    /// answer to a repeated exchange can be repeated, and from no older token the current one be found.
    /// </summary>
    public byte[]? SuccessorSalt { get; private set; }

    /// <summary>When the current token was issued in exchange for its predecessor; null before the first exchange.</summary>
    public DateTimeOffset? RotatedAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>From this instant on the session cannot be refreshed.</summary>
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>When it was ended, for example by a logout; null while it is alive.</summary>
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>Starts a session for a user who has just proved who they are.</summary>
    public static Session Open(Guid id, Guid userId, byte[] familyKey, byte[] tokenHash, DateTimeOffset now)
    {
        var at = now.ToStored();
        var session = new Session
        {
            Id = id,
            UserId = userId,
            FamilyKey = familyKey,
            TokenHash = tokenHash,
            CreatedAt = at,
            ExpiresAt = at + IdleLifetime,
        };
        session.Raise(new UserSignedIn(userId, id, at));

        return session;
    }

    /// <summary>
    /// Decides about a refresh token that is presented. One that was issued before the direct predecessor, or that is the predecessor and comes too
    /// late, is held by two parties: the session is revoked, and that must be stored. One that was never issued changes nothing.
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

    /// <summary>Makes the successor of the current token the current one.</summary>
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

    /// <summary>Ends the session, and with it the access that its tokens give; ending it twice keeps the first time.</summary>
    public void Revoke(DateTimeOffset now)
    {
        if (RevokedAt is not null)
            return;

        var at = now.ToStored();
        RevokedAt = at;
        Raise(new SessionEnded(UserId, Id, at));
    }

    private bool IsCurrent(byte[] hash) => CryptographicOperations.FixedTimeEquals(hash, TokenHash);
}
