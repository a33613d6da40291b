using CleanMessaging.WebApi.Errors;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace CleanMessaging.WebApi.Pages;

/// <summary>
/// Serves the web client: its files, and its one page at each of its addresses. Before tokens and limits, as there is nothing in it that is
/// anybody's. Who opens an address in a browser at which there is nothing at all is shown the page too, which says so. Without the files, as
/// when the server was built alone, there is nothing here.
/// </summary>
internal sealed class PageFiles
{
    private const string Page = "/index.html";

    private readonly Dictionary<string, PageFile> _files;

    public PageFiles(string folder)
    {
        var names = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [];
        _files = names
            .Where(name => !PageEncoding.AreOf(name))
            .ToDictionary(name => $"/{Path.GetRelativePath(folder, name).Replace('\\', '/')}", name => new PageFile(name));
    }

    /// <summary>Where the build puts them.</summary>
    public static string DefaultFolder => Path.Combine(AppContext.BaseDirectory, "web");

    /// <summary>Whether the web client was built with the server.</summary>
    public bool AreThere => _files.ContainsKey(Page);

    public async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var path = request.Path.Value ?? "";
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (isRead && _files.TryGetValue(PageAddresses.Contain(path) ? Page : path, out var file))
        {
            await ServeAsync(httpContext, file);
            return;
        }

        await next(httpContext);
        var isNothing = response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false } && httpContext.GetEndpoint() is null;
        if (isNothing && isRead && AsksForAPage(request) && _files.TryGetValue(Page, out var page))
        {
            Problems.Count(httpContext, Problems.OfStatus(response.StatusCode));
            SecurityHeaders.ForPage(httpContext, "no-store");
            await WriteAsync(httpContext, page, Choose(httpContext, page));
        }
    }

    private static async Task ServeAsync(HttpContext httpContext, PageFile file)
    {
        var encoding = Choose(httpContext, file);
        var etag = file.ETagIn(encoding);
        SecurityHeaders.ForPage(httpContext, file.CacheControl);
        httpContext.Response.Headers.ETag = etag;
        if (IsKnown(httpContext.Request.Headers.IfNoneMatch, etag))
        {
            httpContext.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await WriteAsync(httpContext, file, encoding);
    }

    private static async Task WriteAsync(HttpContext httpContext, PageFile file, PageEncoding encoding)
    {
        var response = httpContext.Response;
        var path = file.PathIn(encoding);
        response.Headers.ContentEncoding = encoding.Name;
        response.ContentType = file.ContentType;
        response.ContentLength = new FileInfo(path).Length;
        if (HttpMethods.IsGet(httpContext.Request.Method))
            await response.SendFileAsync(path, httpContext.RequestAborted);
    }

    /// <summary>Chooses the encoding by the request, which the answer says.</summary>
    private static PageEncoding Choose(HttpContext httpContext, PageFile file)
    {
        httpContext.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        var accepted = httpContext.Request.GetTypedHeaders().AcceptEncoding;

        return file.Encodings.First(one => one.IsAccepted(accepted));
    }

    /// <summary>As a browser does for what is in its address bar; a program, and a page for its files, take anything or JSON.</summary>
    private static bool AsksForAPage(HttpRequest request) => request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == "text/html");

    private static bool IsKnown(StringValues known, string etag) =>
        known.SelectMany(value => value?.Split(',', StringSplitOptions.TrimEntries) ?? []).Any(tag => tag == etag || tag == $"W/{etag}");
}
