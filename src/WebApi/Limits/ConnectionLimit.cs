using CleanMessaging.Infrastructure.Failures;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>How many hub connections a user, and all users, may have on this server. One too many is refused before it becomes a WebSocket.</summary>
internal sealed class ConnectionLimit(IOptions<LimitOptions> options, LimitLog log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _ofUser = [];
    private int _all;

    /// <summary>The request that becomes a connection lasts as long as that does.</summary>
    public async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (!IsConnection(httpContext.GetEndpoint()))
        {
            await next(httpContext);
            return;
        }

        var userId = httpContext.User.UserId();
        if (TryEnter(userId) is { } refusal)
        {
            await Problems.WriteAsync(httpContext, refusal);
            return;
        }

        try
        {
            await next(httpContext);
        }
        finally
        {
            Leave(userId);
        }
    }

    private static bool IsConnection(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<HubMetadata>() is not null && endpoint.Metadata.GetMetadata<NegotiateMetadata>() is null;

    private Failure? TryEnter(Guid userId)
    {
        lock (_gate)
        {
            var own = _ofUser.GetValueOrDefault(userId);
            if (own < options.Value.ConnectionsPerUser && _all < options.Value.Connections)
            {
                _ofUser[userId] = own + 1;
                _all++;

                return null;
            }

            if (own < options.Value.ConnectionsPerUser)
            {
                log.Reached(nameof(LimitOptions.Connections), "all callers");

                return LimitFailures.Busy();
            }
        }

        log.Reached(nameof(LimitOptions.ConnectionsPerUser), $"user {userId}");

        return LimitFailures.TooManyConnections();
    }

    private void Leave(Guid userId)
    {
        lock (_gate)
        {
            _all--;
            if (--_ofUser[userId] == 0)
                _ofUser.Remove(userId);
        }
    }
}
