using CleanMessaging.Domain.Wallets;
using FluentValidation;

namespace CleanMessaging.Application.Wallets;

internal static class ReasonRule
{
    /// <summary>An Admin's reason: 1 to 500 characters, some of them visible.</summary>
    public static void ValidReason<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(reason => !string.IsNullOrWhiteSpace(reason) && reason.Length <= WalletTransaction.ReasonMaxLength && !reason.Contains('\0'))
            .WithErrorCode("wallet.invalid_reason")
            .WithMessage("A reason has 1 to 500 characters.");
}
