using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CleanMessaging.Infrastructure.Realtime.Draining;

/// <summary>Reports not ready while the server drains, so that a load balancer sends new requests to other servers.</summary>
internal sealed class DrainCheck(Drain drain) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.HasBegun ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());
}
