namespace CleanMessaging.WebClient.Text;

/// <summary>Shortens a text to one line.</summary>
internal static class Excerpt
{
    /// <summary>
    /// Returns the text or its beginning with an ellipsis, cleaned by <see cref="TextControls.Inline"/>. Characters are never split.
    /// </summary>
    /// <param name="lengthMax">The maximum length in UTF-16 code units, without the ellipsis; 1 or more.</param>
    public static string Of(string text, int lengthMax)
    {
        text = TextControls.Inline(text);
        if (text.Length <= lengthMax)
            return text;

        var length = char.IsHighSurrogate(text[lengthMax - 1]) ? lengthMax - 1 : lengthMax;

        return $"{text[..length]}…";
    }
}
