namespace CleanMessaging.WebApi.Pages;

/// <summary>Content of the web client, in each available encoding.</summary>
internal abstract class PageContent
{
    public abstract string ContentType { get; }

    public abstract string CacheControl { get; }

    /// <summary>The available encodings, the best one first; the last one is uncompressed.</summary>
    public abstract IReadOnlyList<PageEncoding> Encodings { get; }

    public abstract string ETagIn(PageEncoding encoding);

    public abstract long LengthIn(PageEncoding encoding);

    public abstract Task SendAsync(HttpResponse response, PageEncoding encoding, CancellationToken cancellationToken);
}
