using System.Net;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Opens a session for whoever knows the password.</summary>
/// <remarks>Opens its unit of work itself: no pooled connection waits while a password is verified.</remarks>
public sealed record LogInCommand(string Email, string Password, IPAddress ClientAddress) : IRequest<SessionResponse>
{
    /// <summary>How many sessions that are long over one login removes at most.</summary>
    public const int RemovedSessionsMax = 100;

    /// <summary>How long a session is kept after it has expired.</summary>
    public static readonly TimeSpan SessionsKept = TimeSpan.FromDays(30);

    /// <summary>Says nothing of the password, which belongs in no log.</summary>
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

internal sealed class LogInHandler(IAccountStore accounts, ISessionRepository sessions, IUnitOfWork unitOfWork, SessionIssuer sessionIssuer, TimeProvider clock)
    : IRequestHandler<LogInCommand, SessionResponse>
{
    public async Task<SessionResponse> Handle(LogInCommand command, CancellationToken cancellationToken)
    {
        var proven = await accounts.VerifyPasswordAsync(command.Email, command.Password, command.ClientAddress, cancellationToken)
            ?? throw new DomainException(SessionErrors.InvalidCredentials);

        return await unitOfWork.ExecuteAsync(token => OpenAsync(proven, token), new UnitOfWorkOptions(IsIdempotent: true), cancellationToken);
    }

    private async Task<SessionResponse> OpenAsync(AuthenticatedUser proven, CancellationToken cancellationToken)
    {
        // What was verified without a lock may be out of date by now.
        if (!await accounts.LockAndVerifyStampAsync(proven, cancellationToken))
            throw new DomainException(SessionErrors.InvalidCredentials);

        var now = clock.GetUtcNow();
        await sessions.PurgeExpiredAsync(LogInCommand.RemovedSessionsMax, now - LogInCommand.SessionsKept, cancellationToken);

        return sessionIssuer.Open(proven.User, now);
    }
}
