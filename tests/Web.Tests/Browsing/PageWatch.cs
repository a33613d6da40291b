using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Browsing;

/// <summary>
/// Sees all that goes wrong in a browser's pages: what the console warns of, exceptions, requests that fail, what the content policy blocks,
/// and whoever is asked besides our server.
/// </summary>
internal sealed class PageWatch
{
    /// <summary>The page has left, or no longer wants the answer.</summary>
    private const string Aborted = "net::ERR_ABORTED";

    /// <summary>The browser reports a blocked part to the page first; from there it goes to the console, where it is seen.</summary>
    private const string TellViolations =
        "addEventListener('securitypolicyviolation', event => console.error(`The content policy blocks ${event.blockedURI} by ${event.violatedDirective}`));";

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly List<Regex> _allowed = [];
    private readonly Uri _server;

    private PageWatch(Uri server) => _server = server;

    public static async Task<PageWatch> OverAsync(IBrowserContext context, Uri server)
    {
        var watch = new PageWatch(server);
        await context.AddInitScriptAsync(TellViolations);
        context.Console += (_, message) => watch.Note(message);
        context.WebError += (_, error) => watch._faults.Enqueue($"exception: {error.Error}");
        context.Request += (_, request) => watch.Note(request);
        context.RequestFailed += (_, request) => watch.NoteFailed(request);

        return watch;
    }

    /// <summary>What the test provokes is no fault.</summary>
    /// <param name="pattern">A regular expression of all that may be seen.</param>
    public void Allow(string pattern) => _allowed.Add(new Regex(pattern));

    /// <summary>Fails the test when anything else has gone wrong.</summary>
    public void ShouldHaveSeenNothing() => _faults.Where(fault => !_allowed.Any(allowed => allowed.IsMatch(fault))).ShouldBeEmpty();

    private void Note(IConsoleMessage message)
    {
        if (message.Type is "error" or "warning" or "assert")
            _faults.Enqueue($"console: {message.Text} ({message.Location})");
    }

    private void Note(IRequest request)
    {
        var address = new Uri(request.Url);
        if (address.Scheme is "data" or "blob" || (address.Host == _server.Host && address.Port == _server.Port))
            return;

        _faults.Enqueue($"foreign: {request.Method} {request.Url}");
    }

    private void NoteFailed(IRequest request)
    {
        if (request.Failure != Aborted)
            _faults.Enqueue($"failed: {request.Method} {request.Url} {request.Failure}");
    }
}
