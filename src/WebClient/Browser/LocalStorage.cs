using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// Reads and writes the browser's local storage, which survives reloads and is shared by all tabs. All keys have the application's prefix,
/// and keys of a user's data also have the user's prefix, so that the data can be found and deleted. Installations under other paths of the
/// same origin have different prefixes.
/// </summary>
internal static class LocalStorage
{
    private static readonly string _prefix = BrowserModule.Place() is var place and not "/"
        ? $"cleanmessaging:{place}:"
        : "cleanmessaging:";

    /// <summary>Returns the full storage key, as in the browser's storage events.</summary>
    public static string KeyOf(string name) => $"{_prefix}{name}";

    /// <summary>Returns the name for an item of a user's data.</summary>
    public static string Of(Guid userId, string name) => $"{userId}:{name}";

    public static string? Read(string name) => BrowserModule.Read(KeyOf(name));

    /// <summary>Returns a stored value; null when it is missing or cannot be read.</summary>
    public static T? Read<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return Read(name) is { } text ? JsonSerializer.Deserialize(text, type) : null;
        }
        catch (JsonException)
        {
            // Written by another version or another application.
            return null;
        }
    }

    /// <exception cref="System.Runtime.InteropServices.JavaScript.JSException">The browser's storage is full.</exception>
    public static void Write(string name, string value) => BrowserModule.Write(KeyOf(name), value);

    /// <exception cref="System.Runtime.InteropServices.JavaScript.JSException">The browser's storage is full.</exception>
    public static void Write<T>(string name, T value, JsonTypeInfo<T> type) => Write(name, JsonSerializer.Serialize(value, type));

    public static void Erase(string name) => BrowserModule.Erase(KeyOf(name));

    /// <summary>Returns the names with a prefix.</summary>
    public static IEnumerable<string> NamesWith(string beginning) =>
        BrowserModule.KeysWith(KeyOf(beginning)).Select(key => key[_prefix.Length..]);

    /// <summary>Deletes all data of a user.</summary>
    public static void EraseAllOf(Guid userId)
    {
        foreach (var name in NamesWith(Of(userId, "")))
            Erase(name);
    }
}
