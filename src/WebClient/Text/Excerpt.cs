namespace CleanMessaging.WebClient.Text;

/// <summary>The beginning of a text on one line, where all of it would be too much.</summary>
internal static class Excerpt
{
    /// <summary>
    /// The whole text, or its beginning and an ellipsis, as <see cref="TextControls.Inline"/> lets it stand among others. No character is cut in two.
    /// </summary>
    /// <param name="lengthMax">In UTF-16 units, without the ellipsis; 1 or more.</param>
    public static string Of(string text, int lengthMax)
    {
        text = TextControls.Inline(text);
        if (text.Length <= lengthMax)
            return text;

        var length = char.IsHighSurrogate(text[lengthMax - 1]) ? lengthMax - 1 : lengthMax;

        return $"{text[..length]}…";
    }
}
