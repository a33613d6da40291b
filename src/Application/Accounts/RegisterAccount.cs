using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Makes an account with a role of its own choice, Investor or Startup, and signs it in.</summary>
/// <remarks>Opens its unit of work itself: no pooled connection waits while a password is hashed.</remarks>
public sealed record RegisterAccountCommand(string Email, string Password, string DisplayName, UserRole Role) : IRequest<SessionResponse>
{
    public const int PasswordMinLength = 8;
    public const int PasswordMaxLength = 128;

    /// <summary>Says nothing of the password, which belongs in no log.</summary>
    public override string ToString() => nameof(RegisterAccountCommand);
}

internal sealed class RegisterAccountValidator : AbstractValidator<RegisterAccountCommand>
{
    public RegisterAccountValidator()
    {
        RuleFor(command => command.Email)
            .Must(EmailAddress.IsWellFormed)
            .WithErrorCode("user.invalid_email")
            .WithMessage("An e-mail address looks like name@example.com and has at most 254 characters.");
        RuleFor(command => command.Password)
            .Must(password => password.Length is >= RegisterAccountCommand.PasswordMinLength and <= RegisterAccountCommand.PasswordMaxLength)
            .WithErrorCode("user.invalid_password")
            .WithMessage("A password has 8 to 128 characters.");
        RuleFor(command => command.DisplayName)
            .Must(name => !string.IsNullOrWhiteSpace(name) && name.Length <= User.DisplayNameMaxLength && !name.Any(char.IsControl))
            .WithErrorCode("user.invalid_display_name")
            .WithMessage("A display name has 1 to 100 characters and no control characters.");
        RuleFor(command => command.Role)
            .Must(role => role is UserRole.Investor or UserRole.Startup)
            .WithErrorCode("user.invalid_role")
            .WithMessage("A role is Investor or Startup.");
    }
}

internal sealed class RegisterAccountHandler(IAccounts accounts, IUnitOfWork unitOfWork, SignIn signIn, TimeProvider clock)
    : IRequestHandler<RegisterAccountCommand, SessionResponse>
{
    public Task<SessionResponse> Handle(RegisterAccountCommand command, CancellationToken cancellationToken)
    {
        var passwordHash = accounts.HashPassword(command.Password);

        return unitOfWork.ExecuteAsync(
            async token =>
            {
                var now = clock.GetUtcNow();
                var user = new User(Guid.CreateVersion7(now), command.Email, command.DisplayName, command.Role);
                await accounts.CreateAsync(user, passwordHash, grantedPoints: 0, now, token);

                return signIn.Open(user, now);
            },
            repeatable: false,
            cancellationToken);
    }
}
