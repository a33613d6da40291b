using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>Degraded, and no worse, while the other servers cannot be told: everything works over REST, and live events on this server.</summary>
internal sealed class BackplaneCheck(BackplaneQueue queue) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(queue.IsOpen ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded());
}
