using System.Collections.Concurrent;
using CleanMessaging.WebApi.Errors;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Pages;

/// <summary>
/// Serves the web client: its files, and its single page at each of its routes. Runs before authentication and limits, because the files
/// are public. A browser that opens an unknown address gets the page too, which displays a not-found message. Serves nothing if the server
/// was built without the web client. Under a base path the page contains the base URL.
/// </summary>
internal sealed class PageFiles
{
    private const string Page = "/index.html";

    /// <summary>
    /// The maximum number of cached base paths. A server has few; more can only come from a proxy that forwards a header set by clients.
    /// </summary>
    private const int RebasedMax = 16;

    private readonly Dictionary<string, PageFile> _files;
    private readonly ConcurrentDictionary<string, RebasedPage> _rebased = new();

    public PageFiles(string folder)
    {
        var names = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [];
        _files = names
            .Where(name => !PageEncoding.AreOf(name))
            .ToDictionary(name => $"/{Path.GetRelativePath(folder, name).Replace('\\', '/')}", name => new PageFile(name));
    }

    /// <summary>The folder where the build puts the files.</summary>
    public static string DefaultFolder => Path.Combine(AppContext.BaseDirectory, "web");

    /// <summary>Whether the web client was built with the server.</summary>
    public bool AreThere => _files.ContainsKey(Page);

    public async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var path = request.Path.Value ?? "";
        var isRead = HttpMethods.IsGet(request.Method);
        if (isRead && path.Length == 0 && AreThere)
        {
            // Redirects the base path to the base path with a slash, so that relative addresses resolve below it.
            response.Redirect($"{request.PathBase}/{request.QueryString}");
            return;
        }

        if (isRead && Find(path, request.PathBase) is { } content)
        {
            await ServeAsync(httpContext, content);
            return;
        }

        await next(httpContext);
        var isNothing = response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false } && httpContext.GetEndpoint() is null;
        if (isNothing && isRead && AsksForAPage(request) && Find("/", request.PathBase) is { } page)
        {
            Problems.Count(httpContext, RequestErrors.OfStatus(response.StatusCode));
            SecurityHeaders.ForPage(httpContext, "no-store");
            await WriteAsync(httpContext, page, Choose(httpContext, page));
        }
    }

    private PageContent? Find(string path, PathString basePath)
    {
        var isPage = PageAddresses.Contain(path) || path == Page;
        if (!_files.TryGetValue(isPage ? Page : path, out var file) || !isPage || !basePath.HasValue)
            return file;

        var key = basePath.ToUriComponent();
        if (_rebased.TryGetValue(key, out var known))
            return known;

        var rebased = new RebasedPage(file, file.ReadText(), key);

        return _rebased.Count < RebasedMax ? _rebased.GetOrAdd(key, rebased) : rebased;
    }

    private static async Task ServeAsync(HttpContext httpContext, PageContent content)
    {
        var encoding = Choose(httpContext, content);
        var etag = content.ETagIn(encoding);
        SecurityHeaders.ForPage(httpContext, content.CacheControl);
        httpContext.Response.Headers.ETag = etag;
        if (IsKnown(httpContext.Request.Headers.IfNoneMatch, etag))
        {
            httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await WriteAsync(httpContext, content, encoding);
    }

    private static async Task WriteAsync(HttpContext httpContext, PageContent content, PageEncoding encoding)
    {
        var response = httpContext.Response;
        response.Headers.ContentEncoding = encoding.Name;
        response.ContentType = content.ContentType;
        response.ContentLength = content.LengthIn(encoding);
        if (!HeadRequests.IsHead(httpContext))
            await content.SendAsync(response, encoding, httpContext.RequestAborted);
    }

    /// <summary>Chooses the encoding by the request's Accept-Encoding header, and adds it to Vary.</summary>
    private static PageEncoding Choose(HttpContext httpContext, PageContent content)
    {
        httpContext.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var accepted = httpContext.Request.GetTypedHeaders().AcceptEncoding;

        return content.Encodings.First(one => one.IsAccepted(accepted));
    }

    /// <summary>
    /// Whether the request accepts HTML, as a browser's navigation does. Programs and requests for files accept anything or JSON.
    /// </summary>
    private static bool AsksForAPage(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == "text/html");

    private static bool IsKnown(StringValues known, string etag) =>
        known.SelectMany(value => value?.Split(',', StringSplitOptions.TrimEntries) ?? []).Any(tag => tag == etag || tag == $"W/{etag}");
}
