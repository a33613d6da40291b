using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Users;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Creates a user for a subject of an external issuer. The role comes from the issuer's signed token; later requests use only the stored
/// role. An e-mail address of an existing account is rejected and never linked to that account, because the issuer may not have verified
/// who owns it.
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
            login.Issuer.Length is > 0 and <= ExternalLogin.IssuerMaxLength
                && login.Subject.Length is > 0 and <= ExternalLogin.SubjectMaxLength);
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
