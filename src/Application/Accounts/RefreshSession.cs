using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Exchanges a refresh token for a new pair. Answers null when the token does not hold; that is not an exception, because ending
/// the session of a reused token has to be committed.
/// </summary>
public sealed record RefreshSessionCommand(string RefreshToken) : ICommand<SessionResponse?>
{
    public bool IsRepeatable => false;

    /// <summary>Says nothing of the token, which belongs in no log.</summary>
    public override string ToString() => nameof(RefreshSessionCommand);
}

internal sealed class RefreshSessionHandler(ISessions sessions, ITokens tokens, SignIn signIn, IReadDatabase database, TimeProvider clock)
    : IRequestHandler<RefreshSessionCommand, SessionResponse?>
{
    public async Task<SessionResponse?> Handle(RefreshSessionCommand command, CancellationToken cancellationToken)
    {
        if (!tokens.TryReadRefreshToken(command.RefreshToken, out var presented))
            return null;

        if (await sessions.LoadAsync(presented.SessionId, cancellationToken) is not { } session)
            return null;

        var now = clock.GetUtcNow();
        var next = tokens.CreateRefreshToken(session.Id);
        if (!session.TryRotate(presented.Hash, next.Hash, now))
            return null;

        var user = await database.Users.SingleAsync(user => user.Id == session.UserId, cancellationToken);

        return signIn.Describe(user, next, now);
    }
}
