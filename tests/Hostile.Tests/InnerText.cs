using System.Text.RegularExpressions;

namespace CleanMessaging.Hostile.Tests;

/// <summary>What tells how the server is made, and belongs in no answer.</summary>
internal static partial class InnerText
{
    public static bool IsIn(string text) => Telling().IsMatch(text);

    // SignalR itself writes "HubException:" before the text of one, which is ours.
    [GeneratedRegex(
        @"(?<!Hub)Exception|\bat \w+\.\w+|\.cs:line|System\.|Microsoft\.|CleanMessaging\.|Npgsql|Postgres|SQLSTATE|\b(SELECT|INSERT|UPDATE)\b.*\b(FROM|INTO|SET)\b|BytePositionInLine|LineNumber|Path: \$|StackTrace|(?<!\w)/(src|tmp|usr|home)/",
        RegexOptions.IgnoreCase)]
    private static partial Regex Telling();
}
