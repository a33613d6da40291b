namespace CleanMessaging.WebApi.Pages;

/// <summary>Something of the web client that can be served, in each of the encodings in which it is there.</summary>
internal abstract class PageContent
{
    public abstract string ContentType { get; }

    public abstract string CacheControl { get; }

    /// <summary>The best one first; the last is none.</summary>
    public abstract IReadOnlyList<PageEncoding> Encodings { get; }

    public abstract string ETagIn(PageEncoding encoding);

    public abstract long LengthIn(PageEncoding encoding);

    public abstract Task SendAsync(HttpResponse response, PageEncoding encoding, CancellationToken cancellationToken);
}
