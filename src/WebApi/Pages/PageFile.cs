using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.StaticFiles;

namespace CleanMessaging.WebApi.Pages;

/// <summary>A file of the web client, in each published encoding.</summary>
internal sealed partial class PageFile : PageContent
{
    /// <summary>The Cache-Control value of files with a content fingerprint in their name.</summary>
    private const string ForEver = "public, max-age=31536000, immutable";

    /// <summary>
    /// The Cache-Control value of other files: the browser caches them and revalidates before each use, which costs a 304.
    /// </summary>
    private const string Revalidated = "no-cache";

    private static readonly FileExtensionContentTypeProvider _contentTypes = new();

    private readonly string _file;
    private readonly Lazy<string> _fingerprint;

    public PageFile(string file)
    {
        _file = file;
        _fingerprint = new Lazy<string>(() => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)).AsSpan(0, 12)));
        ContentType = _contentTypes.TryGetContentType(file, out var known) ? known : "application/octet-stream";
        if (ContentType.StartsWith("text/", StringComparison.Ordinal))
            ContentType += "; charset=utf-8";
        CacheControl = Fingerprint().IsMatch(Path.GetFileName(file)) ? ForEver : Revalidated;
        Encodings = [.. PageEncoding.All.Where(encoding => File.Exists(file + encoding.Extension))];
    }

    public override string ContentType { get; }

    public override string CacheControl { get; }

    public override IReadOnlyList<PageEncoding> Encodings { get; }

    public override string ETagIn(PageEncoding encoding) => $"\"{_fingerprint.Value}{encoding.Extension}\"";

    public override long LengthIn(PageEncoding encoding) => new FileInfo(PathIn(encoding)).Length;

    public override Task SendAsync(HttpResponse response, PageEncoding encoding, CancellationToken cancellationToken) =>
        response.SendFileAsync(PathIn(encoding), cancellationToken);

    public string ReadText() => File.ReadAllText(_file);

    private string PathIn(PageEncoding encoding) => _file + encoding.Extension;

    [GeneratedRegex(@"\.[a-z0-9]{10}\.(wasm|js|dat|css)$")]
    private static partial Regex Fingerprint();
}
