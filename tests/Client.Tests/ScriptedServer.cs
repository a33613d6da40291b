using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace CleanMessaging.Client.Tests;

/// <summary>Returns the responses that a test defines, and records the requests.</summary>
internal sealed class ScriptedServer(Func<ScriptedServer.Request, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private readonly ConcurrentQueue<Request> _requests = new();

    public ScriptedServer(Func<Request, HttpResponseMessage> answer)
        : this((request, _) => Task.FromResult(answer(request)))
    {
    }

    public IReadOnlyCollection<Request> Requests => _requests;

    public static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    /// <summary>Creates an error response with the members that all errors have.</summary>
    /// <param name="more">Further members, such as <c>"price":10</c>.</param>
    public static HttpResponseMessage Problem(HttpStatusCode status, string code, bool retryable = false, string more = "")
    {
        var members = more.Length == 0 ? "" : "," + more;

        return Json(
            $$"""{"type":"x","title":"Rejected: {{code}}.","status":{{(int)status}},"success":false,"code":"{{code}}","traceId":"t","retryable":{{(retryable ? "true" : "false")}}{{members}}}""",
            status);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var kept = new Request(
            $"{request.Method} {request.RequestUri!.PathAndQuery}",
            request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken),
            request.Headers.Authorization?.Parameter,
            [.. request.Headers.Select(header => header.Key)]);
        _requests.Enqueue(kept);

        return await answer(kept, cancellationToken);
    }

    /// <param name="Line">The method and the path with the query.</param>
    /// <param name="Token">The access token, if there was one.</param>
    internal sealed record Request(string Line, string Body, string? Token, IReadOnlyList<string> Headers);
}
