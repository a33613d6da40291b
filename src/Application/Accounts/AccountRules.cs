using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Users;
using FluentValidation;

namespace CleanMessaging.Application.Accounts;

/// <summary>Checks the form of an account's data.</summary>
internal static class AccountRules
{
    /// <summary>An address that a new account may have.</summary>
    public static void ValidEmail<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(EmailAddress.IsWellFormed)
            .WithErrorCode("user.invalid_email")
            .WithMessage("An e-mail address looks like name@example.com, has at most 254 characters, and no invisible ones.");

    /// <summary>An address that an existing account can have.</summary>
    public static void PossibleEmail<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(EmailAddress.IsPossible)
            .WithErrorCode("user.invalid_email")
            .WithMessage("An e-mail address looks like name@example.com and has at most 254 characters.");

    /// <summary>A password that a user may choose.</summary>
    public static void ValidPassword<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(PasswordText.IsAcceptable)
            .WithErrorCode("user.invalid_password")
            .WithMessage("A password has 8 to 128 characters.")
            .Must(password => !CommonPasswords.Contain(password))
            .WithErrorCode("user.common_password")
            .WithMessage("This password is one of the 10,000 most common ones, which are guessed first. Choose another one.");

    /// <summary>A password that a user may try.</summary>
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

    /// <summary>The roles that users can give themselves.</summary>
    public static void ValidOwnRole<T>(this IRuleBuilder<T, UserRole> rule) =>
        rule.Must(role => role is UserRole.Investor or UserRole.Startup)
            .WithErrorCode("user.invalid_role")
            .WithMessage("A role is Investor or Startup.");
}
