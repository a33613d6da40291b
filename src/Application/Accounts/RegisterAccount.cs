using System.Net;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Creates an account with the chosen role, Investor or Startup, and opens a session.</summary>
/// <remarks>The handler opens its own unit of work, so that no pooled connection is in use while the password is hashed.</remarks>
public sealed record RegisterAccountCommand(string Email, string Password, string DisplayName, UserRole Role, IPAddress ClientAddress)
    : IRequest<SessionResponse>, IWriteRequest
{
    /// <summary>False, because a second run would find that the e-mail address is taken.</summary>
    public bool IsIdempotent => false;

    /// <summary>Omits the password, so that it never reaches a log.</summary>
    public override string ToString() => nameof(RegisterAccountCommand);
}

internal sealed class RegisterAccountValidator : AbstractValidator<RegisterAccountCommand>
{
    public RegisterAccountValidator()
    {
        RuleFor(command => command.Email).ValidEmail();
        RuleFor(command => command.Password).ValidPassword();
        RuleFor(command => command.DisplayName).ValidDisplayName();
        RuleFor(command => command.Role).ValidOwnRole();
    }
}

internal sealed class RegisterAccountHandler(
    IAccountStore accounts, IUnitOfWork unitOfWork, SessionIssuer sessionIssuer, TimeProvider clock)
    : IRequestHandler<RegisterAccountCommand, SessionResponse>
{
    public async Task<SessionResponse> Handle(RegisterAccountCommand command, CancellationToken cancellationToken)
    {
        var passwordHash = await accounts.HashNewPasswordAsync(command.Email, command.Password, command.ClientAddress, cancellationToken);

        return await unitOfWork.ExecuteAsync(
            async token =>
            {
                var now = clock.GetUtcNow();
                var user = new User(
                    Guid.CreateVersion7(now),
                    EmailAddress.Normalize(command.Email),
                    DisplayName.Normalize(command.DisplayName),
                    command.Role);
                await accounts.CreateAsync(user, passwordHash, grantedPoints: 0, now, token);

                return sessionIssuer.Open(user, now);
            },
            new UnitOfWorkOptions(command.IsIdempotent),
            cancellationToken);
    }
}
