using System.Globalization;
using System.Text;

namespace CleanMessaging.WebClient.Text;

/// <summary>The host of a link. The shown form cannot be mistaken for another host.</summary>
/// <param name="Ascii">The host for the browser, in lower case, with non-ASCII letters as Punycode.</param>
/// <param name="Shown">The host with its non-ASCII letters if they cannot be mistaken for others, otherwise as Punycode.</param>
internal sealed record HostName(string Ascii, string Shown)
{
    private const int LabelLengthMax = 63;
    private const int LengthMax = 253;
    private const int PartsOfAnAddress = 4;

    /// <summary>The scripts that may be mixed in one label.</summary>
    private static readonly Script[][] _companions =
    [
        [Script.Latin, Script.Han, Script.Hiragana, Script.Katakana],
        [Script.Latin, Script.Han, Script.Bopomofo],
        [Script.Latin, Script.Han, Script.Hangul],
    ];

    /// <summary>Letters of other alphabets that look like Latin ones. A label of only these letters looks like a Latin word.</summary>
    private static readonly Dictionary<Script, string> _latinLookalikes = new()
    {
        [Script.Cyrillic] = "асԁеԍһіқјӏорԗԛѕԝхуъьҽпгѵѡвкмнт",
        [Script.Greek] = "αικνρυωηοτεγχ",
        [Script.Armenian] = "հոսցզգօքւյռունա",
    };

    /// <summary>Letters that look like a slash, a dot or a dash among Latin ones.</summary>
    private const string DelimiterLookalikes = "ノソゾンヽヾー丶丿乀乁〆";

    private static readonly IdnMapping _punycode = new() { AllowUnassigned = true };

    /// <summary>
    /// Parses the host of a URL; returns null for an invalid host, or for one that browsers and people may interpret differently.
    /// </summary>
    public static HostName? Parse(string text)
    {
        if (IsIpv6(text))
            return new HostName(text.ToLowerInvariant(), text.ToLowerInvariant());

        var labels = text.ToLowerInvariant().Split('.');
        if (labels is [.., _, ""])
            labels = labels[..^1];
        var asciis = labels.Select(ToAscii).ToList();
        if (asciis.Contains(null) || asciis.Sum(label => label!.Length + 1) - 1 > LengthMax)
            return null;

        // Browsers parse a host that ends in a number as an IP address, in formats that most people do not know.
        if (IsNumber(labels[^1]) && !IsIpv4(labels))
            return null;

        var shown = labels.Select((label, place) => CanBeShown(label, labels[^1]) ? label : asciis[place]);

        return new HostName(string.Join('.', asciis), string.Join('.', shown));
    }

    private static bool IsIpv6(string text) =>
        text is ['[', .., ']'] && !text.Contains('%') && System.Net.IPAddress.TryParse(text, out _);

    private static bool IsIpv4(string[] labels) =>
        labels.Length == PartsOfAnAddress
        && labels.All(
            label =>
                byte.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out var part)
                    && label == part.ToString(CultureInfo.InvariantCulture));

    private static bool IsNumber(string label) => label.All(char.IsAsciiDigit) || label.StartsWith("0x", StringComparison.Ordinal);

    private static string? ToAscii(string label)
    {
        if (label.Length is 0 or > LabelLengthMax || label is ['-', ..] or [.., '-'] || !label.EnumerateRunes().All(IsOfAName))
            return null;

        if (System.Text.Ascii.IsValid(label))
            return label;

        try
        {
            return _punycode.GetAscii(label);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a character is allowed in a host: letters, their marks, digits, the hyphen, and the underscore, which some names use against
    /// the standard. Excludes compatibility forms, such as wide or mathematical letters, which browsers convert to plain letters.
    /// </summary>
    private static bool IsOfAName(Rune rune) =>
        rune.Value is '-' or '_'
        || (
            Rune.IsLetterOrDigit(rune)
                && rune.Value is not (
                    (>= 0x2070 and <= 0x218F) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFB00 and <= 0xFFEF) or (>= 0x1D400 and <= 0x1D7FF)))
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static bool CanBeShown(string label, string topLevel)
    {
        var scripts = ScriptsOf(label);
        if (scripts.Contains(Script.Other))
            return false;

        if (scripts.Count > 1)
        {
            return Array.Exists(_companions, scripts.IsSubsetOf)
                && !(scripts.Contains(Script.Latin) && label.Any(DelimiterLookalikes.Contains));
        }

        return !ReadsAsLatin(label, scripts) || ScriptsOf(topLevel).SetEquals(scripts);
    }

    private static bool ReadsAsLatin(string label, HashSet<Script> scripts) =>
        scripts.Count == 1
        && _latinLookalikes.TryGetValue(scripts.Single(), out var lookalikes)
        && label.EnumerateRunes()
            .All(rune => Scripts.Of(rune) == Script.Common || lookalikes.Contains(rune.ToString(), StringComparison.Ordinal));

    private static HashSet<Script> ScriptsOf(string label) =>
        [.. label.EnumerateRunes().Select(Scripts.Of).Where(script => script != Script.Common)];
}
