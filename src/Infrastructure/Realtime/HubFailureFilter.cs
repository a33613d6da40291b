using System.Diagnostics;
using System.Text.Json;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Serialization;
using CleanMessaging.Infrastructure.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>Fails a hub call with the problem document that REST would return, as the text of the <see cref="HubException"/>.</summary>
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
            // The connection has ended, so no client reads a response, and the server is not at fault.
            throw;
        }
        catch (Exception exception) when (exception is not HubException)
        {
            var problem = ApiProblem.From(exception);
            metrics.Rejected(problem.Code, MessagingMetrics.Hub);
            if (problem.Status == StatusCodes.Status500InternalServerError)
                Log.Unexpected(logger, exception, invocationContext.HubMethodName);
            else if (problem.Status == StatusCodes.Status503ServiceUnavailable && exception is not RequestRejectedException)
                Log.Unavailable(logger, invocationContext.HubMethodName, exception.GetBaseException().Message);

            var document = new ProblemDocument(problem, Activity.Current?.TraceId.ToString() ?? invocationContext.Context.ConnectionId);
            throw new HubException(JsonSerializer.Serialize(document, StrictJson.Options));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The hub call {Method} failed")]
        public static partial void Unexpected(ILogger logger, Exception exception, string method);

        [LoggerMessage(2, LogLevel.Warning, "The hub call {Method} could not be served: {Cause}")]
        public static partial void Unavailable(ILogger logger, string method, string cause);
    }
}
