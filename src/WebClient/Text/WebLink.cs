namespace CleanMessaging.WebClient.Text;

/// <summary>A link to another site. Its text always shows the real target.</summary>
/// <param name="Address">The target address: absolute, http or https, with an ASCII host.</param>
/// <param name="Text">The shown text: as it was written, with the host in a form that cannot be mistaken for another one.</param>
internal sealed record WebLink(string Address, string Text)
{
    private const int PortMax = 65_535;

    private static readonly string[] _schemes = ["https://", "http://"];

    /// <summary>Returns the length of the http or https scheme at the start of a text; 0 when there is none.</summary>
    public static int SchemeLength(ReadOnlySpan<char> text)
    {
        foreach (var scheme in _schemes)
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                return scheme.Length;
        }

        return 0;
    }

    /// <summary>
    /// Parses a URL. Returns null for a URL that must not become a link: one with invisible characters, a user name before the host
    /// (<c>https://bank.example@elsewhere.example</c>), a backslash, which browsers treat as a slash, or an invalid host.
    /// </summary>
    public static WebLink? Parse(string text)
    {
        var schemeLength = SchemeLength(text);
        if (schemeLength == 0 || text.Contains('\\') || TextControls.HasInvisible(text))
            return null;

        var (scheme, rest) = (text[..schemeLength].ToLowerInvariant(), text[schemeLength..]);
        var authorityLength = rest.IndexOfAny(['/', '?', '#']);
        var (authority, path) = authorityLength < 0 ? (rest, "") : (rest[..authorityLength], rest[authorityLength..]);
        var portFrom = authority.LastIndexOf(':') is var colon && colon > authority.LastIndexOf(']') ? colon : authority.Length;
        var (name, port) = (authority[..portFrom], authority[portFrom..]);
        if (!IsPort(port) || HostName.Parse(name) is not { } host)
            return null;

        if (!Uri.TryCreate($"{scheme}{host.Ascii}{port}{path}", UriKind.Absolute, out var address) || address.Host != host.Ascii)
            return null;

        var isAsWritten = string.Equals(name, host.Shown, StringComparison.OrdinalIgnoreCase);

        return new WebLink(address.AbsoluteUri, isAsWritten ? text : $"{scheme}{host.Shown}{port}{path}");
    }

    /// <summary>
    /// The text in pieces that are shown from left to right regardless of their letters: the delimiters of the URL, and the pieces between
    /// them, which have to be isolated. Without right-to-left letters, the text is one piece.
    /// </summary>
    public IReadOnlyList<string> Pieces
    {
        get
        {
            if (!Scripts.HasRightToLeft(Text))
                return [Text];

            var pieces = new List<string>();
            var from = 0;
            for (var place = 0; place < Text.Length; place++)
            {
                if (char.IsLetterOrDigit(Text[place])
                    || char.IsSurrogate(Text[place])
                    || char.GetUnicodeCategory(Text[place]) is System.Globalization.UnicodeCategory.NonSpacingMark)
                {
                    continue;
                }

                if (place > from)
                    pieces.Add(Text[from..place]);
                pieces.Add(Text[place..(place + 1)]);
                from = place + 1;
            }

            if (from < Text.Length)
                pieces.Add(Text[from..]);

            return pieces;
        }
    }

    /// <summary>Whether a text is empty, or a colon and a number.</summary>
    private static bool IsPort(string text) =>
        text.Length == 0
        || (
            ushort.TryParse(
                text.AsSpan(1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port)
                && port <= PortMax);
}
