using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CleanMessaging.WebApi.Responses;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Pages;

/// <summary>
/// A file of the web client. The framework serves it; this class chooses its encoding, and its headers for the browser's cache.
/// </summary>
internal sealed partial class PageFile
{
    /// <summary>The Cache-Control value of files with a content fingerprint in their name.</summary>
    private const string Immutable = "public, max-age=31536000, immutable";

    /// <summary>
    /// The Cache-Control value of other files: the browser caches them and revalidates before each use, which costs a 304.
    /// </summary>
    private const string Revalidated = "no-cache";

    /// <summary>The base URL in the published page.</summary>
    private const string PublishedBase = "<base href=\"/\">";

    private static readonly FileExtensionContentTypeProvider _contentTypes = new();

    private readonly string _contentType;
    private readonly string _cacheControl;
    private readonly bool _isDocument;
    private readonly Lazy<string> _fingerprint;
    private readonly IReadOnlyList<Encoded> _encodings;

    private PageFile(string file, Func<byte[]> read, IEnumerable<Encoded> encodings)
    {
        _contentType = _contentTypes.TryGetContentType(file, out var known) ? known : "application/octet-stream";
        if (_contentType.StartsWith("text/", StringComparison.Ordinal))
            _contentType += "; charset=utf-8";
        _isDocument = Path.GetExtension(file) == ".html";
        _cacheControl = Fingerprint().IsMatch(Path.GetFileName(file)) ? Immutable : Revalidated;
        _fingerprint = new Lazy<string>(() => Convert.ToHexStringLower(SHA256.HashData(read()).AsSpan(0, 12)));
        _encodings = [.. encodings];
    }

    private delegate IResult Serve(string contentType, EntityTagHeaderValue? tag);

    /// <summary>A published file. The compressed files next to it are its other encodings.</summary>
    public static PageFile Published(string file)
    {
        Encoded[] encodings = [OnDisk("br", ".br"), OnDisk("gzip", ".gz"), OnDisk(null, "")];

        return new PageFile(file, () => File.ReadAllBytes(file), encodings.Where(encoding => File.Exists(file + encoding.Extension)));

        Encoded OnDisk(string? name, string extension) =>
            new(name, extension, (contentType, tag) => TypedResults.PhysicalFile(file + extension, contentType, entityTag: tag));
    }

    /// <summary>The published page under a base path: its base URL is that path.</summary>
    /// <param name="file">The published page.</param>
    /// <param name="basePath">The base path, without a slash at the end and without characters that need escaping.</param>
    public static PageFile Rebased(string file, string basePath)
    {
        var text = File.ReadAllText(file);
        var rebased = text.Replace(PublishedBase, $"<base href=\"{basePath}/\">", StringComparison.Ordinal);
        if (rebased == text)
            throw new InvalidOperationException($"The published page does not contain {PublishedBase}.");

        var content = Encoding.UTF8.GetBytes(rebased);
        var brotli = Compress(content, stream => new BrotliStream(stream, CompressionLevel.Optimal));
        var gzip = Compress(content, stream => new GZipStream(stream, CompressionLevel.Optimal));

        return new PageFile(
            file, () => content, [InMemory("br", ".br", brotli), InMemory("gzip", ".gz", gzip), InMemory(null, "", content)]);

        static Encoded InMemory(string? name, string extension, byte[] content) =>
            new(name, extension, (contentType, tag) => TypedResults.Bytes(content, contentType, entityTag: tag));
    }

    /// <summary>Whether a file is the compressed form of another file.</summary>
    public static bool IsCompressed(string file) => Path.GetExtension(file) is ".br" or ".gz";

    /// <summary>Sends the file; to a browser that has it, 304.</summary>
    public Task SendAsync(HttpContext httpContext)
    {
        // A proxy that compresses a response weakens its tag, and the framework compares strong tags only.
        var known = httpContext.Request.Headers.IfNoneMatch.ToString();
        httpContext.Request.Headers.IfNoneMatch = known.Replace("W/", "", StringComparison.Ordinal);
        var encoding = Choose(httpContext, _cacheControl);

        return encoding.Serve(_contentType, new EntityTagHeaderValue($"\"{_fingerprint.Value}{encoding.Extension}\""))
            .ExecuteAsync(httpContext);
    }

    /// <summary>Sends the file as the response to an unknown address, with the status that the response has.</summary>
    public Task SendForUnknownAddressAsync(HttpContext httpContext) =>
        Choose(httpContext, "no-store").Serve(_contentType, tag: null).ExecuteAsync(httpContext);

    /// <summary>Chooses the encoding by the request's Accept-Encoding header, and sets the headers.</summary>
    private Encoded Choose(HttpContext httpContext, string cacheControl)
    {
        var accepted = httpContext.Request.GetTypedHeaders().AcceptEncoding;
        var encoding = _encodings.First(encoding => encoding.IsAccepted(accepted));
        SecurityHeaders.ForPage(httpContext, cacheControl, _isDocument);
        httpContext.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        httpContext.Response.Headers.ContentEncoding = encoding.Name;

        return encoding;
    }

    private static byte[] Compress(byte[] content, Func<Stream, Stream> compression)
    {
        using var compressed = new MemoryStream();
        using (var stream = compression(compressed))
            stream.Write(content);

        return compressed.ToArray();
    }

    [GeneratedRegex(@"\.[a-z0-9]{10}\.(wasm|js|dat|css)$")]
    private static partial Regex Fingerprint();

    /// <param name="Name">The name in Content-Encoding; null for uncompressed.</param>
    /// <param name="Extension">The extension of compressed files; empty for uncompressed.</param>
    private sealed record Encoded(string? Name, string Extension, Serve Serve)
    {
        /// <summary>Whether a client with this Accept-Encoding header accepts the encoding.</summary>
        public bool IsAccepted(IList<StringWithQualityHeaderValue> accepted)
        {
            if (Name is null)
                return true;

            var stated = accepted.FirstOrDefault(one => one.Value.Equals(Name, StringComparison.OrdinalIgnoreCase))
                ?? accepted.FirstOrDefault(one => one.Value == "*");

            return stated is not null && stated.Quality is null or > 0;
        }
    }
}
