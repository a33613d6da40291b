using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CleanMessaging.Application.Storage;

/// <summary>A position in an ordered list: the sort key and the id of the last item of a page. Clients treat it as opaque.</summary>
public sealed record Cursor(string Key, Guid Id)
{
    /// <summary>Parses the result of <see cref="ToString"/>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Cursor? cursor)
    {
        cursor = null;
        if (!Base64Url.IsValid(text, out var length) || length < IdLength)
            return false;

        var bytes = Base64Url.DecodeFromChars(text);
        cursor = new Cursor(Encoding.UTF8.GetString(bytes.AsSpan(IdLength)), new Guid(bytes.AsSpan(0, IdLength), bigEndian: true));

        return !cursor.Key.Contains('\0');
    }

    public override string ToString() => Base64Url.EncodeToString([.. Id.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(Key)]);

    private const int IdLength = 16;
}
