using System.Net;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Replaces the user's password, revokes all sessions of the user, and opens a new session for the caller.</summary>
/// <remarks>
/// The handler opens its own unit of work, so that no pooled connection is in use while the passwords are verified and hashed.
/// </remarks>
public sealed record ChangePasswordCommand(
    Guid UserId, string CurrentPassword, string NewPassword, IPAddress ClientAddress) : IRequest<SessionResponse>, IWriteRequest
{
    /// <summary>False, because a second run would find that the given password is no longer the current one.</summary>
    public bool IsIdempotent => false;

    /// <summary>Omits the passwords, so that they never reach a log.</summary>
    public override string ToString() => nameof(ChangePasswordCommand);
}

internal sealed class ChangePasswordValidator : AbstractValidator<ChangePasswordCommand>
{
    public ChangePasswordValidator()
    {
        RuleFor(command => command.CurrentPassword).PossiblePassword();
        RuleFor(command => command.NewPassword).ValidPassword();
    }
}

internal sealed class ChangePasswordHandler(
    IAccountStore accounts, ISessionRepository sessions, IUnitOfWork unitOfWork, SessionIssuer sessionIssuer, TimeProvider clock)
    : IRequestHandler<ChangePasswordCommand, SessionResponse>
{
    public async Task<SessionResponse> Handle(ChangePasswordCommand command, CancellationToken cancellationToken)
    {
        var authenticated = await accounts.VerifyPasswordAsync(
            command.UserId, command.CurrentPassword, command.ClientAddress, cancellationToken)
            ?? throw new DomainException(SessionErrors.WrongPassword);
        var passwordHash = await accounts.HashPasswordAsync(command.NewPassword, command.ClientAddress, cancellationToken);

        return await unitOfWork.ExecuteAsync(
            token => ChangeAsync(authenticated, passwordHash, token), new UnitOfWorkOptions(command.IsIdempotent), cancellationToken);
    }

    private async Task<SessionResponse> ChangeAsync(
        AuthenticatedUser authenticated, string passwordHash, CancellationToken cancellationToken)
    {
        if (!await accounts.ChangePasswordAsync(authenticated, passwordHash, cancellationToken))
            throw new DomainException(SessionErrors.WrongPassword);

        var now = clock.GetUtcNow();
        foreach (var session in await sessions.LoadActiveAsync(authenticated.User.Id, cancellationToken))
            session.Revoke(now);

        return sessionIssuer.Open(authenticated.User, now);
    }
}
