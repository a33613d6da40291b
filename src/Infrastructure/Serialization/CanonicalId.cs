using System.Diagnostics.CodeAnalysis;

namespace CleanMessaging.Infrastructure.Serialization;

/// <summary>
/// An id in a route, a query or a body. Each id has exactly one accepted spelling, so it cannot bypass a check under another one.
/// </summary>
public readonly record struct CanonicalId(Guid Value) : IParsable<CanonicalId>
{
    internal const string Form = "An id is a UUID in its canonical form: lower case, with hyphens.";

    public static CanonicalId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException(Form);

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CanonicalId result)
    {
        var parsed = Guid.TryParseExact(s, "D", out var id)
            && id != Guid.Empty
            && !s.AsSpan().ContainsAnyInRange('A', 'Z')
            && s.Length == 36;
        result = new CanonicalId(id);

        return parsed;
    }
}
