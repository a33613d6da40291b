using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Pages;

/// <summary>A compression format of files.</summary>
/// <param name="Name">The name in Content-Encoding; null for uncompressed.</param>
/// <param name="Extension">The extension of compressed files; empty for uncompressed.</param>
internal sealed record PageEncoding(string? Name, string Extension)
{
    /// <summary>All encodings, the one with the smallest result first.</summary>
    public static readonly IReadOnlyList<PageEncoding> All = [new("br", ".br"), new("gzip", ".gz"), new(null, "")];

    /// <summary>Whether a file is the compressed form of another file.</summary>
    public static bool AreOf(string file) =>
        All.Any(encoding => encoding.Name is not null && file.EndsWith(encoding.Extension, StringComparison.Ordinal));

    /// <summary>Compresses content.</summary>
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

    /// <summary>Whether a client with this Accept-Encoding header accepts the encoding.</summary>
    public bool IsAccepted(IList<StringWithQualityHeaderValue> accepted)
    {
        if (Name is null)
            return true;

        var said = accepted.FirstOrDefault(one => one.Value.Equals(Name, StringComparison.OrdinalIgnoreCase))
            ?? accepted.FirstOrDefault(one => one.Value == "*");

        return said is not null && said.Quality is null or > 0;
    }
}
