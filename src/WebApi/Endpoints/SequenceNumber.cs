using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>A message's number in its conversation, in a query: ASCII digits only, without a sign or white space.</summary>
public readonly record struct SequenceNumber(long Value) : IParsable<SequenceNumber>
{
    public static SequenceNumber Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var number) ? number : throw new FormatException("A sequence is written in the digits 0 to 9.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SequenceNumber result)
    {
        // The parser ignores U+0000 at the end.
        var parsed = long.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && s.All(char.IsAsciiDigit);
        result = new SequenceNumber(value);

        return parsed;
    }
}
