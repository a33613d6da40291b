using System.Diagnostics.CodeAnalysis;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Sequences in a query, separated by commas, each in the form of a <see cref="StrictInteger{T}"/>.</summary>
internal readonly record struct SequenceList(IReadOnlyList<long> Values) : IParsable<SequenceList>
{
    public static SequenceList Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var list) ? list : throw new FormatException("Sequences are whole numbers, separated by commas.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SequenceList result)
    {
        var values = new List<long>();
        foreach (var part in s?.Split(',') ?? [""])
        {
            if (!StrictInteger<long>.TryParse(part, provider, out var number))
            {
                result = default;
                return false;
            }

            values.Add(number.Value);
        }

        result = new SequenceList(values);

        return true;
    }
}
