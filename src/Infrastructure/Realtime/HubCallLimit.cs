using System.Threading.RateLimiting;
using CleanMessaging.Infrastructure.Errors;
using CleanMessaging.Infrastructure.Limits;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace CleanMessaging.Infrastructure.Realtime;

/// <summary>
/// Rejects hub calls beyond a user's limit, over all of their connections to this server, and closes a connection that does not stop
/// calling. The rate limiter of HTTP requests counts a connection once and does not see its calls. Joins share the concurrency limit of
/// synchronizations.
/// </summary>
internal sealed class HubCallLimit(RequestConcurrency concurrency, IOptions<LimitOptions> options, LimitLog log) : IHubFilter, IDisposable
{
    private readonly PartitionedRateLimiter<string> _calls = PartitionedRateLimiter.Create<string, string>(
        user => TokenBuckets.Of(user, options.Value.HubCallBurst, options.Value.HubCallsPerSecond));

    public ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var connection = invocationContext.Context;
        var user = connection.UserIdentifier ?? "";
        using var lease = _calls.AttemptAcquire(user);
        if (lease.IsAcquired)
        {
            connection.Items.Remove(typeof(HubCallLimit));

            return invocationContext.HubMethodName == nameof(MessagingHub.Join)
                ? JoinAsync(invocationContext, next, user)
                : next(invocationContext);
        }

        log.Reached(nameof(LimitOptions.HubCallBurst), $"user {user}");
        var rejections = connection.Items.TryGetValue(typeof(HubCallLimit), out var before) && before is int count ? count + 1 : 1;
        connection.Items[typeof(HubCallLimit)] = rejections;
        if (rejections >= options.Value.HubRefusals)
            connection.Abort();

        throw new RequestRejectedException(LimitErrors.TooManyRequests(TokenBuckets.RetryAfter(lease)));
    }

    public void Dispose() => _calls.Dispose();

    private async ValueTask<object?> JoinAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next, string user)
    {
        using var place = await concurrency.EnterAsync(RequestKind.Sync, user, invocationContext.Context.ConnectionAborted);

        return await next(invocationContext);
    }
}
