using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Wallets;
using FluentValidation;

namespace CleanMessaging.Application.Wallets;

internal static class ReasonRule
{
    /// <summary>Requires a valid reason: 1 to 500 characters, at least one of them visible.</summary>
    public static void ValidReason<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(WalletTransaction.IsReason).WithError(WalletErrors.InvalidReason);
}
