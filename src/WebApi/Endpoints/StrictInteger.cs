using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>A whole number in a query: ASCII digits only, without a sign, white space or leading zeros.</summary>
/// <typeparam name="T">The type of the value, which determines the range.</typeparam>
[SuppressMessage("Design", "CA1000", Justification = "IParsable asks for static members, and the framework calls them.")]
public readonly record struct StrictInteger<T>(T Value) : IParsable<StrictInteger<T>>
    where T : IBinaryInteger<T>
{
    public static StrictInteger<T> Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var number) ? number : throw new FormatException("A whole number is written in the digits 0 to 9.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out StrictInteger<T> result)
    {
        // The parser ignores U+0000 at the end.
        var parsed = T.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && s!.All(char.IsAsciiDigit)
            && (s!.Length == 1 || s[0] != '0');
        result = new StrictInteger<T>(value!);

        return parsed;
    }
}
