using System.Text.RegularExpressions;
using CleanMessaging.Hostile.Tests.Wire;

namespace CleanMessaging.Hostile.Tests;

/// <summary>Finds text that reveals internals of the server, which no response may contain.</summary>
internal static partial class InnerText
{
    public static bool IsIn(string text) => Internal().IsMatch(text);

    /// <summary>
    /// Returns whether a text has internals that are not in the name of a query parameter of its request. An error repeats the name of an
    /// unknown parameter, and nothing else.
    /// </summary>
    public static bool IsIn(string text, WireRequest request)
    {
        var names = NamesIn(request.Target).ToList();

        return Internal().Matches(text).Any(match => !names.Exists(name => name.Contains(match.Value, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Returns the decoded names of the query parameters.</summary>
    private static IEnumerable<string> NamesIn(string target)
    {
        var begin = target.IndexOf('?', StringComparison.Ordinal);

        return begin < 0
            ? []
            : target[(begin + 1)..].Split('&').Select(parameter => Uri.UnescapeDataString(parameter.Split('=')[0].Replace('+', ' ')));
    }

    // SignalR writes "HubException:" before the text of a hub exception; the text is from the application.
    [GeneratedRegex(
        @"(?<!Hub)Exception|\bat \w+\.\w+|\.cs:line|System\.|Microsoft\.|CleanMessaging\.|Npgsql|Postgres|SQLSTATE|\b(SELECT|INSERT|UPDATE)\b.*\b(FROM|INTO|SET)\b|BytePositionInLine|LineNumber|Path: \$|StackTrace|(?<!\w)/(src|tmp|usr|home)/",
        RegexOptions.IgnoreCase)]
    private static partial Regex Internal();
}
