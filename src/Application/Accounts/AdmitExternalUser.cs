using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Users;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Makes a user record for a subject whom an external issuer vouches for. The role is taken from the issuer's signed token this
/// once; from then on our record decides. An e-mail address that an account has already is rejected, not linked: the issuer may
/// not have checked whose it is.
/// </summary>
public sealed record AdmitExternalUserCommand(ExternalLogin Login, string Email, string DisplayName, UserRole Role) : ICommand<User>
{
    public bool IsIdempotent => true;
}

internal sealed class AdmitExternalUserValidator : AbstractValidator<AdmitExternalUserCommand>
{
    public AdmitExternalUserValidator()
    {
        RuleFor(command => command.Login).Must(login =>
            login.Issuer.Length is > 0 and <= ExternalLogin.IssuerMaxLength && login.Subject.Length is > 0 and <= ExternalLogin.SubjectMaxLength);
        RuleFor(command => command.Email).ValidEmail();
        RuleFor(command => command.DisplayName).ValidDisplayName();
        RuleFor(command => command.Role).ValidOwnRole();
    }
}

internal sealed class AdmitExternalUserHandler(IAccountStore accounts, TimeProvider clock) : IRequestHandler<AdmitExternalUserCommand, User>
{
    public async Task<User> Handle(AdmitExternalUserCommand command, CancellationToken cancellationToken)
    {
        if (await accounts.FindExternalAsync(command.Login, cancellationToken) is { } known)
            return known;

        var now = clock.GetUtcNow();
        var user = new User(
            Guid.CreateVersion7(now), EmailAddress.Normalize(command.Email), DisplayName.Normalize(command.DisplayName), command.Role);
        await accounts.CreateExternalAsync(user, command.Login, now, cancellationToken);

        return user;
    }
}
