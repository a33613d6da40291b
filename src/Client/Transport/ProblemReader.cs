using System.Text.Json;

namespace CleanMessaging.Client;

/// <summary>Parses error responses of the server.</summary>
internal static class ProblemReader
{
    /// <summary>Parses a problem document of the server; returns null for any other text, such as a proxy's error page.</summary>
    public static Problem? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, MessagingJson.Default.Problem) is { Success: false } problem ? problem : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
