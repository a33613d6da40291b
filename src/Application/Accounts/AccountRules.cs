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
            .WithErrorCode("user.invalid_email")
            .WithMessage("An e-mail address looks like name@example.com and has at most 254 characters, none of them invisible.");

    /// <summary>Requires an e-mail address that an existing account can have.</summary>
    public static void PossibleEmail<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(EmailAddress.IsPossible)
            .WithErrorCode("user.invalid_email")
            .WithMessage("An e-mail address looks like name@example.com and has at most 254 characters.");

    /// <summary>Requires a password that is valid for a registration or a password change.</summary>
    public static void ValidPassword<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(PasswordText.IsAcceptable)
            .WithErrorCode("user.invalid_password")
            .WithMessage("A password has 8 to 128 characters.")
            .Must(password => !CommonPasswords.Contain(password))
            .WithErrorCode("user.common_password")
            .WithMessage("This password is one of the 10,000 most common passwords. Choose another one.");

    /// <summary>Requires a password that an existing account can have.</summary>
    public static void PossiblePassword<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(PasswordText.IsPossible)
            .WithErrorCode("user.invalid_password")
            .WithMessage("A password has at most 128 characters.");

    public static void ValidDisplayName<T>(this IRuleBuilder<T, string> rule) =>
        rule.Custom((name, context) =>
        {
            if (DisplayName.Check(name) is { } error)
                context.AddFailure(error);
        });

    /// <summary>Requires a role that users can choose when they register.</summary>
    public static void ValidOwnRole<T>(this IRuleBuilder<T, UserRole> rule) =>
        rule.Must(role => role is UserRole.Investor or UserRole.Startup)
            .WithErrorCode("user.invalid_role")
            .WithMessage("A role is Investor or Startup.");
}
