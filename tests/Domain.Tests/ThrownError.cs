using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Tests;

/// <summary>Returns the error of the rule that an action violates.</summary>
internal static class ThrownError
{
    public static DomainError Of(Action action) => Should.Throw<DomainException>(action).Error;

    public static string CodeOf(Action action) => Of(action).Code;

    public static void ShouldHaveDetails(this DomainError error, params (string Name, object? Value)[] expected) =>
        error.Details.ShouldBe(expected.Select(detail => KeyValuePair.Create(detail.Name, detail.Value)), ignoreOrder: true);
}
