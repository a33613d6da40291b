namespace CleanMessaging.WebClient.Text;

/// <summary>A part of a message's text: plain text or a link.</summary>
/// <param name="Text">The text as it was written.</param>
/// <param name="Link">The link; null for plain text.</param>
internal sealed record TextPart(string Text, WebLink? Link)
{
    private const string Closing = ".,;:!?'\"…)]}>*_~";

    /// <summary>Splits a text into plain parts and links, in order. The parts contain the whole text unchanged.</summary>
    public static IReadOnlyList<TextPart> Split(string text)
    {
        var parts = new List<TextPart>();
        var plainFrom = 0;
        for (var start = FindUrl(text, 0); start >= 0; start = FindUrl(text, start))
        {
            var runEnd = EndOfRun(text, start);
            var end = EndOfUrl(text, start, runEnd);
            if (IsTouchedByDirection(text, start, end) || WebLink.Parse(text[start..end]) is not { } link)
            {
                start = runEnd;
                continue;
            }

            if (start > plainFrom)
                parts.Add(new TextPart(text[plainFrom..start], null));
            parts.Add(new TextPart(text[start..end], link));
            plainFrom = start = end;
        }

        if (plainFrom < text.Length)
            parts.Add(new TextPart(text[plainFrom..], null));

        return parts;
    }

    /// <summary>Finds the next possible start of a URL, which is never within a word.</summary>
    private static int FindUrl(string text, int from)
    {
        for (var place = from; place < text.Length; place++)
        {
            place = text.IndexOf("http", place, StringComparison.OrdinalIgnoreCase);
            if (place < 0)
                return -1;

            var isApart = place == 0 || !char.IsLetterOrDigit(text[place - 1]);
            if (isApart && WebLink.SchemeLength(text.AsSpan(place)) > 0)
                return place;
        }

        return -1;
    }

    /// <summary>Finds the end of a URL: white space, or a character that URLs cannot contain.</summary>
    private static int EndOfRun(string text, int start)
    {
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && !char.IsControl(text[end]) && text[end] is not ('<' or '"'))
            end++;

        return end;
    }

    /// <summary>Removes trailing punctuation from a URL. A closing bracket stays if it was opened within the URL.</summary>
    private static int EndOfUrl(string text, int start, int runEnd)
    {
        var end = runEnd;
        while (end > start && Closing.Contains(text[end - 1]) && !ClosesBracket(text.AsSpan(start, end - start)))
            end--;

        return end;
    }

    /// <summary>Whether a directional character is next to a URL. Such a character can make the URL look like a different one.</summary>
    private static bool IsTouchedByDirection(string text, int start, int end) =>
        (start > 0 && TextControls.IsDirectional(text[start - 1])) || (end < text.Length && TextControls.IsDirectional(text[end]));

    private static bool ClosesBracket(ReadOnlySpan<char> address) => address[^1] switch
    {
        ')' => address.Count('(') >= address.Count(')'),
        ']' => address.Count('[') >= address.Count(']'),
        '}' => address.Count('{') >= address.Count('}'),
        _ => false,
    };
}
