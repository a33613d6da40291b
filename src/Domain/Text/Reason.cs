namespace CleanMessaging.Domain.Text;

/// <summary>The rule for the reasons that Admins enter.</summary>
public static class Reason
{
    public const int MaxLength = 500;

    /// <summary>
    /// Whether a text is a valid reason: 1 to 500 code points, at least one of them visible, no U+0000, no unpaired surrogate.
    /// </summary>
    public static bool IsValid(string text) =>
        !InvisibleCharacters.ShowsNothing(text)
        && UnicodeText.CodePointsOf(text) <= MaxLength
        && UnicodeText.IsWellFormed(text)
        && !text.Contains('\0');
}
