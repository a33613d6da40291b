using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>
/// Records every error in a browser's pages: console warnings, exceptions, failed requests, blocks by the content security policy,
/// and requests to other servers.
/// </summary>
internal sealed class PageWatch
{
    /// <summary>The error of a request that was canceled, for example because the page was left.</summary>
    private const string Aborted = "net::ERR_ABORTED";

    /// <summary>
    /// What .NET logs in addition when a WebSocket fails. Ignored, because the browser logs the failure too, with the address.
    /// </summary>
    private const string WebSocketFailed = "MONO_WASM: WebSocket error";

    /// <summary>Script that writes violations of the content security policy to the console, where they are recorded.</summary>
    private const string ReportViolations =
        "addEventListener('securitypolicyviolation', event => console.error(`The content policy blocks ${event.blockedURI} by "
            + "${event.violatedDirective}`));";

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly List<Regex> _allowed = [];
    private readonly Uri _server;

    private PageWatch(Uri server) => _server = server;

    public static async Task<PageWatch> OverAsync(IBrowserContext context, Uri server)
    {
        var watch = new PageWatch(server);
        await context.AddInitScriptAsync(ReportViolations);
        context.Console += (_, message) => watch.Note(message);
        context.WebError += (_, error) => watch._faults.Enqueue($"exception: {error.Error}");
        context.Request += (_, request) => watch.Note(request);
        context.RequestFailed += (_, request) => watch.NoteFailed(request);
        context.Response += (_, response) => watch.Note(response);

        return watch;
    }

    /// <summary>Allows errors that the test causes on purpose.</summary>
    /// <param name="pattern">A regular expression that matches the allowed errors.</param>
    public void Allow(string pattern) => _allowed.Add(new Regex(pattern));

    /// <summary>Fails the test when any error was recorded that is not allowed.</summary>
    public void ShouldHaveSeenNothing() => _faults.Where(fault => !_allowed.Any(allowed => allowed.IsMatch(fault))).ShouldBeEmpty();

    private void Note(IConsoleMessage message)
    {
        if (message.Type is "error" or "warning" or "assert" && message.Text != WebSocketFailed)
            _faults.Enqueue($"console: {message.Text} ({message.Location})");
    }

    private void Note(IRequest request)
    {
        var address = new Uri(request.Url);
        if (address.Scheme is "data" or "blob" || (address.Host == _server.Host && address.Port == _server.Port))
            return;

        _faults.Enqueue($"foreign: {request.Method} {request.Url}");
    }

    /// <summary>Records the error code of a failure of the server, because the console names only the status.</summary>
    private async void Note(IResponse response)
    {
        if (response.Status < 500)
            return;

        try
        {
            _faults.Enqueue($"status of {response.Status}: {response.Request.Method} {response.Url} {await response.TextAsync()}");
        }
        catch (PlaywrightException)
        {
            // The page was closed before its body was read. The console has the status.
        }
    }

    private void NoteFailed(IRequest request)
    {
        if (request.Failure != Aborted)
            _faults.Enqueue($"failed: {request.Method} {request.Url} {request.Failure}");
    }
}
