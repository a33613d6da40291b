namespace CleanMessaging.WebClient.Search;

/// <summary>Checks a typed text before it is sent to the server.</summary>
internal static class SearchText
{
    /// <summary>
    /// From this character on, a single one can be a term: Thai, Hangul, kana, Chinese characters and emoji. The server decides which are.
    /// </summary>
    private const int FirstSufficient = 0x0E00;

    private const int TermMinLength = 2;

    /// <summary>Whether a text certainly has no term that the server searches for.</summary>
    public static bool IsTooShort(string text) => !TermsOf(text).Any(IsTerm);

    /// <summary>Returns the words outside of quotation marks, and the texts within them.</summary>
    private static IEnumerable<string> TermsOf(string text) => text.Split('"')
        .SelectMany((part, index) => index % 2 == 1 ? [part.Trim()] : part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static bool IsTerm(string term) =>
        term.EnumerateRunes().Count() >= TermMinLength || term.EnumerateRunes().Any(character => character.Value >= FirstSufficient);
}
