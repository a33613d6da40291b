using System.Text.RegularExpressions;

namespace CleanMessaging.Hostile.Tests;

/// <summary>Finds text that reveals internals of the server, which no response may contain.</summary>
internal static partial class InnerText
{
    public static bool IsIn(string text) => Internal().IsMatch(text);

    /// <summary>Returns whether a text has internals that its request does not have. An error repeats the name of an unknown parameter.</summary>
    public static bool IsIn(string text, string request) =>
        Internal().Matches(text).Any(match => !request.Contains(match.Value, StringComparison.OrdinalIgnoreCase));

    // SignalR writes "HubException:" before the text of a hub exception; the text is from the application.
    [GeneratedRegex(
        @"(?<!Hub)Exception|\bat \w+\.\w+|\.cs:line|System\.|Microsoft\.|CleanMessaging\.|Npgsql|Postgres|SQLSTATE|\b(SELECT|INSERT|UPDATE)\b.*\b(FROM|INTO|SET)\b|BytePositionInLine|LineNumber|Path: \$|StackTrace|(?<!\w)/(src|tmp|usr|home)/",
        RegexOptions.IgnoreCase)]
    private static partial Regex Internal();
}
