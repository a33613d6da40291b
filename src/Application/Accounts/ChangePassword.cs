using System.Net;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Replaces the password, ends every session of the user, and opens a new one for whoever changed it.</summary>
/// <remarks>Opens its unit of work itself: no pooled connection waits while a password is verified and another one hashed.</remarks>
public sealed record ChangePasswordCommand(Guid UserId, string CurrentPassword, string NewPassword, IPAddress ClientAddress) : IRequest<SessionResponse>
{
    /// <summary>Says nothing of the passwords, which belong in no log.</summary>
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

internal sealed class ChangePasswordHandler(IAccountStore accounts, ISessionRepository sessions, IUnitOfWork unitOfWork, SessionIssuer sessionIssuer, TimeProvider clock)
    : IRequestHandler<ChangePasswordCommand, SessionResponse>
{
    public async Task<SessionResponse> Handle(ChangePasswordCommand command, CancellationToken cancellationToken)
    {
        var proven = await accounts.VerifyPasswordAsync(command.UserId, command.CurrentPassword, command.ClientAddress, cancellationToken)
            ?? throw new DomainException(SessionErrors.WrongPassword);
        var passwordHash = await accounts.HashPasswordAsync(command.NewPassword, command.ClientAddress, cancellationToken);

        // Not repeatable: a second run would find that the password is not the current one any more.
        return await unitOfWork.ExecuteAsync(
            token => ChangeAsync(proven, passwordHash, token), new UnitOfWorkOptions(IsIdempotent: false), cancellationToken);
    }

    private async Task<SessionResponse> ChangeAsync(AuthenticatedUser proven, string passwordHash, CancellationToken cancellationToken)
    {
        if (!await accounts.ChangePasswordAsync(proven, passwordHash, cancellationToken))
            throw new DomainException(SessionErrors.WrongPassword);

        var now = clock.GetUtcNow();
        foreach (var session in await sessions.LoadActiveAsync(proven.User.Id, cancellationToken))
            session.Revoke(now);

        return sessionIssuer.Open(proven.User, now);
    }
}
