using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// What the browser keeps of this application over reloads, shared by its tabs. Everything stands under one prefix, and what is a user's
/// under that user's, so that it can be found again and forgotten as a whole. Another CleanMessaging of the same origin, under another path, has a prefix
/// of its own.
/// </summary>
internal static class LocalStorage
{
    private static readonly string _prefix = BrowserModule.Place() is var place and not "/" ? $"cleanmessaging:{place}:" : "cleanmessaging:";

    /// <summary>The whole key, as the browser's storage events name it.</summary>
    public static string KeyOf(string name) => $"{_prefix}{name}";

    /// <summary>The name under which something of one user is kept.</summary>
    public static string Of(Guid userId, string name) => $"{userId}:{name}";

    public static string? Read(string name) => BrowserModule.Read(KeyOf(name));

    /// <summary>What was kept; null when there is nothing, or nothing that can be read.</summary>
    public static T? Read<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return Read(name) is { } text ? JsonSerializer.Deserialize(text, type) : null;
        }
        catch (JsonException)
        {
            // Of another version, or written by somebody else.
            return null;
        }
    }

    /// <exception cref="System.Runtime.InteropServices.JavaScript.JSException">The browser's storage is full.</exception>
    public static void Write(string name, string value) => BrowserModule.Write(KeyOf(name), value);

    /// <exception cref="System.Runtime.InteropServices.JavaScript.JSException">The browser's storage is full.</exception>
    public static void Write<T>(string name, T value, JsonTypeInfo<T> type) => Write(name, JsonSerializer.Serialize(value, type));

    public static void Erase(string name) => BrowserModule.Erase(KeyOf(name));

    /// <summary>The names that begin with something.</summary>
    public static IEnumerable<string> NamesWith(string beginning) =>
        BrowserModule.KeysWith(KeyOf(beginning)).Select(key => key[_prefix.Length..]);

    /// <summary>Forgets all that is a user's.</summary>
    public static void EraseAllOf(Guid userId)
    {
        foreach (var name in NamesWith(Of(userId, "")))
            Erase(name);
    }
}
