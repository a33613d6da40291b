using System.Text.Json;

namespace CleanMessaging.Domain.Tests;

/// <summary>
/// Everything that aggregates show of themselves, as text, so that two moments can be compared: every public property, what is
/// in the collections, and how many events there are.
/// </summary>
internal static class State
{
    public static string Of(params object[] aggregates) => JsonSerializer.Serialize(aggregates);
}
