using System.Diagnostics;
using System.Text.Json;
using CleanMessaging.Infrastructure.Failures;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>Fails a hub call with the problem document that REST would answer with, as the text of the <see cref="HubException"/>.</summary>
internal sealed partial class HubFailureFilter(MessagingMetrics metrics, ILogger<HubFailureFilter> logger) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext,
        Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(invocationContext);
        }
        catch (OperationCanceledException) when (invocationContext.Context.ConnectionAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer, and it is no fault of ours.
            throw;
        }
        catch (Exception exception) when (exception is not HubException)
        {
            var failure = Failure.From(exception);
            metrics.Refused(failure.Code, MessagingMetrics.Hub);
            if (failure.Status == StatusCodes.Status500InternalServerError)
                Log.Unexpected(logger, exception, invocationContext.HubMethodName);

            throw new HubException(Describe(failure, Activity.Current?.TraceId.ToString() ?? invocationContext.Context.ConnectionId));
        }
    }

    private static string Describe(Failure failure, string traceId)
    {
        var problem = new Dictionary<string, object?>(failure.Details)
        {
            ["success"] = false,
            ["code"] = failure.Code,
            ["title"] = failure.Title,
            ["status"] = failure.Status,
            ["retryable"] = failure.Retryable,
            ["traceId"] = traceId,
        };
        if (failure.RetryAfterSeconds is { } seconds)
            problem[Failure.RetryAfter] = seconds;
        if (failure.Errors.Count > 0)
            problem["errors"] = failure.Errors;

        return JsonSerializer.Serialize(problem, StrictJson.Options);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The hub call {Method} failed")]
        public static partial void Unexpected(ILogger logger, Exception exception, string method);
    }
}
