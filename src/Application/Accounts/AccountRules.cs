using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Users;
using FluentValidation;

namespace CleanMessaging.Application.Accounts;

/// <summary>Validation rules for account data.</summary>
internal static class AccountRules
{
    /// <summary>Requires an e-mail address that is valid for a new account.</summary>
    public static void ValidEmail<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(EmailAddress.IsWellFormed)
            .WithError(UserErrors.InvalidEmail(isNew: true));

    /// <summary>Requires an e-mail address that an existing account can have.</summary>
    public static void PossibleEmail<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(EmailAddress.IsPossible)
            .WithError(UserErrors.InvalidEmail(isNew: false));

    /// <summary>Requires a password that is valid for a registration or a password change.</summary>
    public static void ValidPassword<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(PasswordText.IsAcceptable)
            .WithError(UserErrors.InvalidPassword(isNew: true))
            .Must(password => !CommonPasswords.Contain(password))
            .WithError(UserErrors.CommonPassword);

    /// <summary>Requires a password that an existing account can have.</summary>
    public static void PossiblePassword<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(PasswordText.IsPossible)
            .WithError(UserErrors.InvalidPassword(isNew: false));

    public static void ValidDisplayName<T>(this IRuleBuilder<T, string> rule) =>
        rule.Custom((name, context) =>
        {
            if (DisplayName.Check(name) is { } error)
                context.AddFailure(error);
        });

    /// <summary>Requires a role that users can choose when they register.</summary>
    public static void ValidOwnRole<T>(this IRuleBuilder<T, UserRole> rule) =>
        rule.Must(role => role is UserRole.Investor or UserRole.Startup)
            .WithError(UserErrors.InvalidRole);
}
