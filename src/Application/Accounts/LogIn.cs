using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Opens a session for whoever knows the password.</summary>
/// <remarks>Opens its unit of work itself: no pooled connection waits while a password is verified.</remarks>
public sealed record LogInCommand(string Email, string Password) : IRequest<SessionResponse>
{
    /// <summary>Says nothing of the password, which belongs in no log.</summary>
    public override string ToString() => nameof(LogInCommand);
}

internal sealed class LogInValidator : AbstractValidator<LogInCommand>
{
    public LogInValidator()
    {
        RuleFor(command => command.Email).ValidEmail();
        RuleFor(command => command.Password)
            .Must(password => password.Length is > 0 and <= RegisterAccountCommand.PasswordMaxLength)
            .WithErrorCode("user.invalid_password")
            .WithMessage("A password has at most 128 characters.");
    }
}

internal sealed class LogInHandler(IAccounts accounts, IUnitOfWork unitOfWork, SignIn signIn, TimeProvider clock)
    : IRequestHandler<LogInCommand, SessionResponse>
{
    public async Task<SessionResponse> Handle(LogInCommand command, CancellationToken cancellationToken)
    {
        var user = await accounts.VerifyPasswordAsync(command.Email, command.Password, cancellationToken)
            ?? throw new DomainException(SessionErrors.InvalidCredentials);

        return await unitOfWork.ExecuteAsync(
            _ => Task.FromResult(signIn.Open(user, clock.GetUtcNow())), repeatable: true, turnOf: null, cancellationToken);
    }
}
