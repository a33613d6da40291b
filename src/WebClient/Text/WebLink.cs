namespace CleanMessaging.WebClient.Text;

/// <summary>A link to another site, whose text leads where it says.</summary>
/// <param name="Address">Where the browser is sent: absolute, http or https, with an ASCII host.</param>
/// <param name="Text">How it is shown: as it was written, with the host in a form that cannot be mistaken for another one.</param>
internal sealed record WebLink(string Address, string Text)
{
    private const int PortMax = 65_535;

    private static readonly string[] _schemes = ["https://", "http://"];

    /// <summary>The scheme at the begin of a text, if it is one of a link; its length, or 0.</summary>
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
    /// Reads a URL; returns null for what must not be a link: one with invisible characters, with a user name before the host
    /// (<c>https://bank.example@elsewhere.example</c>), with a backslash, which browsers read as a slash, or with a host that is none.
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
    /// The text in pieces that keep their order from left to right with any letters: the pieces between the URL's delimiters, each to be
    /// isolated, and the delimiters. One piece where no letter is written from right to left.
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
                if (char.IsLetterOrDigit(Text[place]) || char.IsSurrogate(Text[place]) || char.GetUnicodeCategory(Text[place]) is System.Globalization.UnicodeCategory.NonSpacingMark)
                    continue;

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

    /// <summary>Nothing, or a colon and a number.</summary>
    private static bool IsPort(string text) =>
        text.Length == 0
        || (ushort.TryParse(text.AsSpan(1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) && port <= PortMax);
}
