using System.Collections.Concurrent;
using CleanMessaging.WebApi.Errors;

namespace CleanMessaging.WebApi.Pages;

/// <summary>
/// Serves the web client: its files, and its single page at each of its routes. Runs before authentication and limits, because the files
/// are public. A browser that opens an unknown address gets the page too, which displays a not-found message. Serves nothing if the server
/// was built without the web client. Under a base path the page contains the base URL.
/// </summary>
/// <remarks>
/// The framework sends the files, with conditional requests. Its own middleware does not choose compressed files, and its endpoints for
/// static assets run after the limits and change 404 into 405 for other methods; neither knows the page's addresses and base URL.
/// </remarks>
internal sealed class PageFiles
{
    private const string Page = "/index.html";

    /// <summary>
    /// The maximum number of cached base paths. A server has few; more can only come from a proxy that forwards a header set by clients.
    /// </summary>
    private const int RebasedMax = 16;

    private readonly string _folder;
    private readonly Dictionary<string, PageFile> _files;
    private readonly ConcurrentDictionary<string, PageFile> _rebased = new();

    public PageFiles(string folder)
    {
        _folder = folder;
        var names = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [];
        _files = names
            .Where(name => !PageFile.IsCompressed(name))
            .ToDictionary(name => $"/{Path.GetRelativePath(folder, name).Replace('\\', '/')}", PageFile.Published);
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

        if (isRead && Find(path, request.PathBase) is { } file)
        {
            await file.SendAsync(httpContext);
            return;
        }

        await next(httpContext);
        var isNothing = response is { StatusCode: StatusCodes.Status404NotFound, HasStarted: false } && httpContext.GetEndpoint() is null;
        if (isNothing && isRead && AsksForAPage(request) && Find(Page, request.PathBase) is { } page)
        {
            Problems.Count(httpContext, RequestErrors.OfStatus(response.StatusCode));
            await page.SendForUnknownAddressAsync(httpContext);
        }
    }

    private PageFile? Find(string path, PathString basePath)
    {
        var isPage = PageAddresses.Contain(path) || path == Page;
        if (!_files.TryGetValue(isPage ? Page : path, out var file) || !isPage || !basePath.HasValue)
            return file;

        var key = basePath.ToUriComponent();
        if (_rebased.TryGetValue(key, out var known))
            return known;

        var rebased = PageFile.Rebased(Path.Join(_folder, Page), key);

        return _rebased.Count < RebasedMax ? _rebased.GetOrAdd(key, rebased) : rebased;
    }

    /// <summary>
    /// Whether the request accepts HTML, as a browser's navigation does. Programs and requests for files accept anything or JSON.
    /// </summary>
    private static bool AsksForAPage(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == "text/html");
}
