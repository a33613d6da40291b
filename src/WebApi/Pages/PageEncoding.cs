using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Pages;

/// <summary>How a file is compressed.</summary>
/// <param name="Name">As in Content-Encoding; null for not at all.</param>
/// <param name="Extension">Of the file that holds it so.</param>
internal sealed record PageEncoding(string? Name, string Extension)
{
    /// <summary>The smallest first.</summary>
    public static readonly IReadOnlyList<PageEncoding> All = [new("br", ".br"), new("gzip", ".gz"), new(null, "")];

    /// <summary>Whether a file holds another one in an encoding.</summary>
    public static bool AreOf(string file) =>
        All.Any(encoding => encoding.Name is not null && file.EndsWith(encoding.Extension, StringComparison.Ordinal));

    /// <summary>Encodes a content.</summary>
    public byte[] Encode(byte[] content)
    {
        if (Name is null)
            return content;

        using var encoded = new MemoryStream();
        using (Stream encoder = Name is "br"
            ? new BrotliStream(encoded, CompressionLevel.Optimal, leaveOpen: true)
            : new GZipStream(encoded, CompressionLevel.Optimal, leaveOpen: true))
        {
            encoder.Write(content);
        }

        return encoded.ToArray();
    }

    /// <summary>Whether a client takes it that accepts the given ones.</summary>
    public bool IsAccepted(IList<StringWithQualityHeaderValue> accepted)
    {
        if (Name is null)
            return true;

        var said = accepted.FirstOrDefault(one => one.Value.Equals(Name, StringComparison.OrdinalIgnoreCase))
            ?? accepted.FirstOrDefault(one => one.Value == "*");

        return said is not null && said.Quality is null or > 0;
    }
}
