using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Limits the time in which a client must read a file of the web client or of Swagger, or an attachment: the deadline of every response,
/// plus one second for each 16 KB. The memory that the web server buffers for the file counts against the global budget.
/// </summary>
internal sealed class FileDeadline(ResponseBuffers buffers, IOptions<LimitOptions> options, LimitLog log)
{
    /// <summary>The maximum memory that the web server and the copying of a file use.</summary>
    private const int BufferedBytes = 64 * 1024;

    private const int BytesPerSecond = 16 * 1024;

    public Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        var path = httpContext.Request.Path;

        return (path.StartsWithSegments("/api") && !IsFile(httpContext))
            || path.StartsWithSegments("/hubs")
            || path.StartsWithSegments("/health")
            ? next(httpContext)
            : RunAsync(httpContext, next);
    }

    private static bool IsFile(HttpContext httpContext) =>
        httpContext.GetEndpoint()?.Metadata.GetMetadata<ConcurrencyLimit.ConcurrencyKind>()?.Kind == RequestKind.Download;

    private async Task RunAsync(HttpContext httpContext, RequestDelegate next)
    {
        var caller = CallerKey.Of(httpContext);
        if (!buffers.TryReserve(caller, BufferedBytes))
        {
            log.Reached(nameof(LimitOptions.ResponseBufferBytes), caller);
            throw new RequestRejectedException(LimitErrors.Busy());
        }

        var isWritten = false;
        await using var timer = new Timer(_ => Cut(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        httpContext.Response.OnStarting(() =>
        {
            timer.Change(
                options.Value.ResponseTime + TimeSpan.FromSeconds((httpContext.Response.ContentLength ?? 0) / BytesPerSecond),
                Timeout.InfiniteTimeSpan);

            return Task.CompletedTask;
        });
        try
        {
            await next(httpContext);
        }
        finally
        {
            Volatile.Write(ref isWritten, true);
            buffers.Release(caller, BufferedBytes);
        }

        void Cut()
        {
            if (Volatile.Read(ref isWritten))
                return;

            log.Reached(nameof(LimitOptions.ResponseTime), caller);
            httpContext.Abort();
        }
    }
}
