using System.Globalization;
using System.Text;

namespace CleanMessaging.Client;

/// <summary>Builds an API path with a query string. Parameters that are null are omitted.</summary>
internal sealed class QueryText(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _separator = '?';

    public QueryText Add(string name, string? value)
    {
        if (value is null)
            return this;

        _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        _separator = '&';

        return this;
    }

    public QueryText Add(string name, Guid? value) => Add(name, value?.ToString());

    public QueryText Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public QueryText Add(string name, int value) => Add(name, value.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => _text.ToString();
}
