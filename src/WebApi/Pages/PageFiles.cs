using CleanMessaging.WebApi.Errors;
using Microsoft.Extensions.Primitives;

namespace CleanMessaging.WebApi.Pages;

/// <summary>
/// Serves the web client: its files, and its one page at each of its addresses. Before tokens and limits, as there is nothing in it that is
/// anybody's. Without the files, as when the server was built alone, there is nothing here.
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

    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        var request = httpContext.Request;
        var path = request.Path.Value ?? "";
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

        return isRead && _files.TryGetValue(PageAddresses.Contain(path) ? Page : path, out var file)
            ? ServeAsync(httpContext, file)
            : next(httpContext);
    }

    private static async Task ServeAsync(HttpContext httpContext, PageFile file)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var accepted = request.GetTypedHeaders().AcceptEncoding;
        var encoding = file.Encodings.First(one => one.IsAccepted(accepted));
        var etag = file.ETagIn(encoding);
        SecurityHeaders.ForPage(httpContext, file.CacheControl);
        response.Headers.ETag = etag;
        response.Headers.Vary = "Accept-Encoding";
        if (IsKnown(request.Headers.IfNoneMatch, etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = file.ContentType;
        response.Headers.ContentEncoding = encoding.Name;
        var path = file.PathIn(encoding);
        response.ContentLength = new FileInfo(path).Length;
        if (HttpMethods.IsGet(request.Method))
            await response.SendFileAsync(path, httpContext.RequestAborted);
    }

    private static bool IsKnown(StringValues known, string etag) =>
        known.SelectMany(value => value?.Split(',', StringSplitOptions.TrimEntries) ?? []).Any(tag => tag == etag || tag == $"W/{etag}");
}
