using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CleanMessaging.Infrastructure.Realtime.Backplane;

/// <summary>
/// Reports Degraded while events do not reach the other servers. REST still works, and so do live events within this server.
/// </summary>
internal sealed class BackplaneCheck(BackplaneQueue queue) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(queue.IsOpen ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded());
}
