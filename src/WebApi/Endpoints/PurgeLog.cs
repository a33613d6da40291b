using CleanMessaging.Application.Messages;
using CleanMessaging.Infrastructure.Telemetry;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Responses;

namespace CleanMessaging.WebApi.Endpoints;

/// <summary>Logs and counts each purge of expired messages after its commit. Its reason is only in the record of what Admins do.</summary>
internal sealed partial class PurgeLog(MessagingMetrics metrics, ILogger<PurgeLog> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (result is IValueHttpResult { Value: Envelope<PurgedMessages> { Data: var purged } })
        {
            metrics.Redacted(purged.Purged, MessagingMetrics.Purge);
            Log.Purged(logger, context.HttpContext.User.UserId(), purged.Purged, purged.IsDone);
        }

        return result;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Admin {AdminId} purged the contents of {Count} expired messages; none is left: {IsDone}")]
        public static partial void Purged(ILogger logger, Guid adminId, int count, bool isDone);
    }
}
