using System.Net;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using CleanMessaging.WebApi.Authentication;
using CleanMessaging.WebApi.Errors;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace CleanMessaging.WebApi.Limits;

/// <summary>
/// Limits the hub connections of a user, of an address, of an IPv6 site, and of all callers on this server. A connection over the limit is
/// rejected before it becomes a WebSocket.
/// </summary>
internal sealed class ConnectionLimit(IOptions<LimitOptions> options, LimitLog log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _ofUser = [];
    private readonly AddressCounts _ofAddress = new(options.Value.ConnectionsOfAddress(), options.Value.ConnectionsOfSite());
    private int _all;

    /// <summary>Counts a hub connection until its request ends; the request lasts as long as the connection.</summary>
    public async Task InvokeAsync(HttpContext httpContext, RequestDelegate next)
    {
        if (!IsConnection(httpContext.GetEndpoint()))
        {
            await next(httpContext);
            return;
        }

        var userId = httpContext.User.UserId();
        var address = ClientAddress.Of(httpContext);
        if (TryEnter(userId, address) is { } rejection)
        {
            await Problems.WriteAsync(httpContext, rejection);
            return;
        }

        try
        {
            await next(httpContext);
        }
        finally
        {
            Leave(userId, address);
        }
    }

    private static bool IsConnection(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<HubMetadata>() is not null && endpoint.Metadata.GetMetadata<NegotiateMetadata>() is null;

    private ApiProblem? TryEnter(Guid userId, IPAddress address)
    {
        lock (_gate)
        {
            var own = _ofUser.GetValueOrDefault(userId);
            if (own >= options.Value.ConnectionsPerUser)
                return Reject(nameof(LimitOptions.ConnectionsPerUser), $"user {userId}", LimitErrors.TooManyConnections());

            if (_all >= options.Value.Connections)
                return Reject(nameof(LimitOptions.Connections), "all callers", LimitErrors.Busy());

            switch (_ofAddress.TryEnter(address))
            {
                case AddressCounts.Outcome.TooManyOfAddress:
                    return Reject(nameof(LimitOptions.ConnectionsPerAddress), $"address {address}", LimitErrors.TooManyConnections());
                case AddressCounts.Outcome.TooManyOfSite:
                    return Reject(nameof(LimitOptions.ConnectionsPerSite), $"address {address}", LimitErrors.TooManyConnections());
            }

            _ofUser[userId] = own + 1;
            _all++;

            return null;
        }
    }

    private ApiProblem Reject(string limit, string caller, ApiProblem problem)
    {
        log.Reached(limit, caller);

        return problem;
    }

    private void Leave(Guid userId, IPAddress address)
    {
        lock (_gate)
        {
            _all--;
            _ofAddress.Leave(address);
            if (--_ofUser[userId] == 0)
                _ofUser.Remove(userId);
        }
    }
}
