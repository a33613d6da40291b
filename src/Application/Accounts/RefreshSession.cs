using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Sessions;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Exchanges a refresh token for a new pair of tokens. Returns null for an invalid token. It does not throw, because the revocation of the
/// session of a reused token has to be committed.
/// </summary>
public sealed record RefreshSessionCommand(string RefreshToken) : ICommand<SessionResponse?>
{
    /// <summary>
    /// True: a second run finds that the token is the direct predecessor, and returns the same refresh token as the first run.
    /// </summary>
    public bool IsIdempotent => true;

    /// <summary>Omits the token, which belongs in no log.</summary>
    public override string ToString() => nameof(RefreshSessionCommand);
}

internal sealed class RefreshSessionHandler(
    ISessionRepository sessions, ITokenIssuer tokens, SessionIssuer sessionIssuer, IReadDatabase database, TimeProvider clock)
    : IRequestHandler<RefreshSessionCommand, SessionResponse?>
{
    public async Task<SessionResponse?> Handle(RefreshSessionCommand command, CancellationToken cancellationToken)
    {
        if (!tokens.TryReadRefreshToken(command.RefreshToken, out var presented))
            return null;

        if (await sessions.LoadAsync(presented.SessionId, cancellationToken) is not { } session)
            return null;

        var now = clock.GetUtcNow();
        var tokenState = session.Present(Describe(presented, session), now);
        if (tokenState == TokenState.Rejected)
            return null;

        var user = await database.Users.SingleAsync(user => user.Id == session.UserId, cancellationToken);
        if (user.DeactivatedAt is not null)
        {
            // The user was deactivated directly in the database, not by the command that also revokes the sessions.
            session.Revoke(now);
            return null;
        }

        return sessionIssuer.Describe(
            user, tokenState == TokenState.Current ? Exchange(presented, session, now) : Repeat(presented, session), now);
    }

    private PresentedToken Describe(RefreshToken token, Session session) => new(
        token.Hash,
        session.FamilyKey is { } key && tokens.IsIssued(token, key),
        session is { FamilyKey: { } familyKey, SuccessorSalt: { } salt } ? tokens.SuccessorOf(token, familyKey, salt).Hash : null);

    private RefreshToken Exchange(RefreshToken current, Session session, DateTimeOffset now)
    {
        var familyKey = session.FamilyKey ?? tokens.CreateSecret();
        var salt = tokens.CreateSecret();
        var successor = tokens.SuccessorOf(current, familyKey, salt);
        session.Rotate(familyKey, salt, successor.Hash, now);

        return successor;
    }

    private RefreshToken Repeat(RefreshToken predecessor, Session session) =>
        session is { FamilyKey: { } familyKey, SuccessorSalt: { } salt }
            ? tokens.SuccessorOf(predecessor, familyKey, salt)
            : throw new InvalidOperationException("A session without an exchange has no predecessor.");
}
