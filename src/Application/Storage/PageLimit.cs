using FluentValidation;

namespace CleanMessaging.Application.Storage;

/// <summary>The allowed number of items per page. A limit outside the range is rejected, not clamped.</summary>
public static class PageLimit
{
    public const int Min = 1;
    public const int Default = 50;
    public const int Max = 100;

    internal static void ValidPageLimit<T>(this IRuleBuilder<T, int> rule) =>
        rule.InclusiveBetween(Min, Max).WithErrorCode(PageErrors.LimitOutOfRange.Code).WithMessage(PageErrors.LimitOutOfRange.Message);
}
