using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CleanMessaging.Infrastructure.Realtime.Draining;

/// <summary>Not ready once the server drains, so that a balancer sends new requests elsewhere.</summary>
internal sealed class DrainCheck(Drain drain) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.HasBegun ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());
}
