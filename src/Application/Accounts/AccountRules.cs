using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Users;
using FluentValidation;

namespace CleanMessaging.Application.Accounts;

/// <summary>What an account's data may look like.</summary>
internal static class AccountRules
{
    public static void ValidEmail<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(EmailAddress.IsWellFormed)
            .WithErrorCode("user.invalid_email")
            .WithMessage("An e-mail address looks like name@example.com and has at most 254 characters.");

    /// <summary>A password that somebody may choose.</summary>
    public static void ValidPassword<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(password => password.Length is >= RegisterAccountCommand.PasswordMinLength and <= RegisterAccountCommand.PasswordMaxLength)
            .WithErrorCode("user.invalid_password")
            .WithMessage("A password has 8 to 128 characters.")
            .Must(password => !CommonPasswords.Contain(password))
            .WithErrorCode("user.common_password")
            .WithMessage("This password is one of the 10,000 most common ones, which are guessed first. Choose another one.");

    /// <summary>A password that somebody may try.</summary>
    public static void PossiblePassword<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(password => password.Length is > 0 and <= RegisterAccountCommand.PasswordMaxLength)
            .WithErrorCode("user.invalid_password")
            .WithMessage("A password has at most 128 characters.");

    public static void ValidDisplayName<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(name => !MessageContent.IsBlank(name) && name.Length <= User.DisplayNameMaxLength && !name.Any(char.IsControl))
            .WithErrorCode("user.invalid_display_name")
            .WithMessage("A display name has 1 to 100 characters and no control characters.");

    /// <summary>The roles that one can take oneself.</summary>
    public static void ValidOwnRole<T>(this IRuleBuilder<T, UserRole> rule) =>
        rule.Must(role => role is UserRole.Investor or UserRole.Startup)
            .WithErrorCode("user.invalid_role")
            .WithMessage("A role is Investor or Startup.");
}
