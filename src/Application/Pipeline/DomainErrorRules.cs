using CleanMessaging.Domain.Primitives;
using FluentValidation;
using FluentValidation.Results;

namespace CleanMessaging.Application.Pipeline;

/// <summary>Lets validators report domain errors with their codes and messages.</summary>
internal static class DomainErrorRules
{
    public static IRuleBuilderOptions<T, TProperty> WithError<T, TProperty>(
        this IRuleBuilderOptions<T, TProperty> rule, DomainError error) =>
        rule.WithErrorCode(error.Code).WithMessage(error.Message);

    public static void AddFailure<T>(this ValidationContext<T> context, DomainError error) =>
        context.AddFailure(new ValidationFailure(context.PropertyPath, error.Message) { ErrorCode = error.Code });
}
