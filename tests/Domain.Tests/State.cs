using System.Text.Json;

namespace CleanMessaging.Domain.Tests;

/// <summary>
/// Describes the public state of aggregates as text, so that two states can be compared: every public property, the items of collections,
/// and the number of events.
/// </summary>
internal static class State
{
    public static string Of(params object[] aggregates) => JsonSerializer.Serialize(aggregates);
}
