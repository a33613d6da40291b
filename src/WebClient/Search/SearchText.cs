namespace CleanMessaging.WebClient.Search;

/// <summary>Checks a typed text before it is sent to the server.</summary>
internal static class SearchText
{
    private const int TermMinLength = 2;

    /// <summary>
    /// Whether a text certainly has no term that the server searches for: each one is a single ASCII character. Another character can be
    /// enough, such as a Chinese one, an emoji, or ß, which the server reads as ss.
    /// </summary>
    public static bool IsTooShort(string text) => !TermsOf(text).Any(IsTerm);

    /// <summary>Returns the words outside of quotation marks, and the texts within them.</summary>
    private static IEnumerable<string> TermsOf(string text) => text.Split('"')
        .SelectMany((part, index) => index % 2 == 1 ? [part.Trim()] : part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static bool IsTerm(string term) =>
        term.Length >= TermMinLength || term.Any(character => !char.IsAscii(character));
}
