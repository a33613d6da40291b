using System.Net;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Verifies an e-mail address and password, and opens a session.</summary>
/// <remarks>The handler opens its own unit of work, so that no pooled connection is in use while the password is verified.</remarks>
public sealed record LogInCommand(string Email, string Password, IPAddress ClientAddress) : IRequest<SessionResponse>, IWriteRequest
{
    /// <summary>The maximum number of expired sessions that one login deletes.</summary>
    public const int RemovedSessionsMax = 100;

    /// <summary>How long an expired session is kept before a login deletes it.</summary>
    public static readonly TimeSpan SessionsKept = TimeSpan.FromDays(30);

    /// <summary>True, because a session that no caller has received does no harm.</summary>
    public bool IsIdempotent => true;

    /// <summary>Omits the password, so that it never reaches a log.</summary>
    public override string ToString() => nameof(LogInCommand);
}

internal sealed class LogInValidator : AbstractValidator<LogInCommand>
{
    public LogInValidator()
    {
        RuleFor(command => command.Email).PossibleEmail();
        RuleFor(command => command.Password).PossiblePassword();
    }
}

internal sealed class LogInHandler(
    IAccountStore accounts, ISessionRepository sessions, IUnitOfWork unitOfWork, SessionIssuer sessionIssuer, TimeProvider clock)
    : IRequestHandler<LogInCommand, SessionResponse>
{
    public async Task<SessionResponse> Handle(LogInCommand command, CancellationToken cancellationToken)
    {
        var authenticated = await accounts.VerifyPasswordAsync(command.Email, command.Password, command.ClientAddress, cancellationToken)
            ?? throw new DomainException(SessionErrors.InvalidCredentials);

        return await unitOfWork.ExecuteAsync(
            token => OpenAsync(authenticated, token), new UnitOfWorkOptions(command.IsIdempotent), cancellationToken);
    }

    private async Task<SessionResponse> OpenAsync(AuthenticatedUser authenticated, CancellationToken cancellationToken)
    {
        // The password was verified without a lock, so the account may have changed since.
        if (!await accounts.LockAndVerifyStampAsync(authenticated, cancellationToken))
            throw new DomainException(SessionErrors.InvalidCredentials);

        var now = clock.GetUtcNow();
        await sessions.PurgeExpiredAsync(LogInCommand.RemovedSessionsMax, now - LogInCommand.SessionsKept, cancellationToken);

        return sessionIssuer.Open(authenticated.User, now);
    }
}
