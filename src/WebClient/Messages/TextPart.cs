namespace CleanMessaging.WebClient.Messages;

/// <summary>A piece of a message's text: plain, or an address to which one can go.</summary>
/// <param name="Address">Absolute, http or https; null for plain text.</param>
internal sealed record TextPart(string Text, string? Address)
{
    private const string Closing = ".,;:!?'\"…)]}>*_~";

    private static readonly string[] _schemes = ["https://", "http://"];

    /// <summary>All of a text, in order, with its addresses apart. Nothing is added to it or taken away.</summary>
    public static IReadOnlyList<TextPart> Split(string text)
    {
        var parts = new List<TextPart>();
        var plainFrom = 0;
        for (var start = FindAddress(text, 0); start >= 0; start = FindAddress(text, start))
        {
            var end = EndOfAddress(text, start);
            if (Resolve(text[start..end]) is not { } address)
            {
                start++;
                continue;
            }

            if (start > plainFrom)
                parts.Add(new TextPart(text[plainFrom..start], null));
            parts.Add(new TextPart(text[start..end], address));
            plainFrom = start = end;
        }

        if (plainFrom < text.Length)
            parts.Add(new TextPart(text[plainFrom..], null));

        return parts;
    }

    /// <summary>Where the next address may begin: not within a word.</summary>
    private static int FindAddress(string text, int from)
    {
        for (var place = from; place < text.Length; place++)
        {
            place = text.IndexOf("http", place, StringComparison.OrdinalIgnoreCase);
            if (place < 0)
                return -1;

            var isApart = place == 0 || !char.IsLetterOrDigit(text[place - 1]);
            if (isApart && _schemes.Any(scheme => text.AsSpan(place).StartsWith(scheme, StringComparison.OrdinalIgnoreCase)))
                return place;
        }

        return -1;
    }

    /// <summary>Up to white space, without the punctuation around it. A bracket that was opened within belongs to it.</summary>
    private static int EndOfAddress(string text, int start)
    {
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && !char.IsControl(text[end]) && text[end] is not ('<' or '"'))
            end++;

        while (end > start && Closing.Contains(text[end - 1]) && !ClosesBracket(text.AsSpan(start, end - start)))
            end--;

        return end;
    }

    private static bool ClosesBracket(ReadOnlySpan<char> address) => address[^1] switch
    {
        ')' => address.Count('(') >= address.Count(')'),
        ']' => address.Count('[') >= address.Count(']'),
        '}' => address.Count('{') >= address.Count('}'),
        _ => false,
    };

    private static string? Resolve(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0
            ? address.AbsoluteUri
            : null;
}
