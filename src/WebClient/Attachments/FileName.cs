using System.Text;
using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>Makes names that the server accepts out of the names of the user's files.</summary>
internal static class FileName
{
    private const char Replacement = '_';

    /// <summary>
    /// Characters that break a line, or that reverse or isolate the text after them, with which a name can look like one of another type.
    /// </summary>
    private const string Forbidden = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";

    /// <summary>
    /// Replaces what the server rejects, and shortens a long name before its extension. A name that is good is returned as it is.
    /// </summary>
    public static string Clean(string name)
    {
        var cleaned = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            // A lone surrogate is enumerated as U+FFFD.
            if (Rune.IsControl(rune) || rune.Value is '/' or '\\' || (rune.IsBmp && Forbidden.Contains((char)rune.Value)))
                cleaned.Append(Replacement);
            else
                cleaned.Append(rune.ToString());
        }

        return cleaned.ToString() switch
        {
            "" => $"{Replacement}",
            "." or ".." => new string(Replacement, name.Length),
            var usable => Shorten(usable),
        };
    }

    /// <summary>Returns the extension in capitals, such as PDF; null if there is none that says something.</summary>
    public static string? TypeOf(string name)
    {
        var dot = name.LastIndexOf('.');
        var extension = dot > 0 ? name[(dot + 1)..] : "";

        return extension.Length is > 0 and <= 5 && extension.All(char.IsAsciiLetterOrDigit) ? extension.ToUpperInvariant() : null;
    }

    private static string Shorten(string name)
    {
        var runes = name.EnumerateRunes().ToList();
        if (runes.Count <= MessagingLimits.FileNameLength)
            return name;

        var extension = TypeOf(name) is { } type ? name[^(type.Length + 1)..] : "";

        return string.Concat(runes.Take(MessagingLimits.FileNameLength - extension.Length)) + extension;
    }
}
