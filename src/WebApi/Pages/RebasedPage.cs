using System.Security.Cryptography;
using System.Text;

namespace CleanMessaging.WebApi.Pages;

/// <summary>The web client's page under a base path: its base URL is that path.</summary>
internal sealed class RebasedPage : PageContent
{
    /// <summary>The base URL in the published page.</summary>
    private const string PublishedBase = "<base href=\"/\">";

    private readonly PageContent _published;
    private readonly Dictionary<PageEncoding, byte[]> _contents;
    private readonly string _fingerprint;

    /// <param name="published">The published page.</param>
    /// <param name="text">The text of the published page.</param>
    /// <param name="basePath">The base path, without a slash at the end and without characters that need escaping.</param>
    public RebasedPage(PageContent published, string text, string basePath)
    {
        var rebased = text.Replace(PublishedBase, $"<base href=\"{basePath}/\">", StringComparison.Ordinal);
        if (rebased == text)
            throw new InvalidOperationException($"The published page does not contain {PublishedBase}.");

        var bytes = Encoding.UTF8.GetBytes(rebased);
        _published = published;
        _contents = PageEncoding.All.ToDictionary(encoding => encoding, encoding => encoding.Encode(bytes));
        _fingerprint = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12));
    }

    public override string ContentType => _published.ContentType;

    public override string CacheControl => _published.CacheControl;

    public override IReadOnlyList<PageEncoding> Encodings => PageEncoding.All;

    public override string ETagIn(PageEncoding encoding) => $"\"{_fingerprint}{encoding.Extension}\"";

    public override long LengthIn(PageEncoding encoding) => _contents[encoding].Length;

    public override Task SendAsync(HttpResponse response, PageEncoding encoding, CancellationToken cancellationToken) =>
        response.Body.WriteAsync(_contents[encoding], cancellationToken).AsTask();
}
