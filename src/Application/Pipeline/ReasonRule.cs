using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Text;
using FluentValidation;

namespace CleanMessaging.Application.Pipeline;

internal static class ReasonRule
{
    /// <summary>Requires a valid reason: 1 to 500 characters, at least one of them visible.</summary>
    public static void ValidReason<T>(this IRuleBuilder<T, string> rule, DomainError error) =>
        rule.Must(Reason.IsValid).WithError(error);
}
