using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>A number in a query, in digits alone: no sign, no white space, no other script's digits.</summary>
public readonly record struct WholeNumber(int Value) : IParsable<WholeNumber>
{
    public static WholeNumber Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var number) ? number : throw new FormatException("A whole number is written in the digits 0 to 9.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WholeNumber result)
    {
        // The parser alone would overlook U+0000 at the end.
        var parsed = int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && s.All(char.IsAsciiDigit);
        result = new WholeNumber(value);

        return parsed;
    }
}
