using CleanMessaging.Infrastructure.Postgres;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace CleanMessaging.WebApi.Health;

/// <summary>
/// Reports unhealthy when the database does not respond within half a second. Uses a connection that is reserved for this check, so that an
/// exhausted pool and requests that wait for locks do not affect the result.
/// </summary>
internal sealed class DatabaseCheck([FromKeyedServices(DatabaseConnections.Reserved)] NpgsqlDataSource dataSource)
    : DatabaseProbe(TimeSpan.FromMilliseconds(500), HealthCheckResult.Unhealthy())
{
    protected override async Task AskAsync()
    {
        await using var command = dataSource.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync();
    }
}

/// <summary>
/// Reports degraded when no pooled connection is free within a tenth of a second. It never reports unhealthy: the server is only busy, and
/// taking it out of service would increase the load on the other servers.
/// </summary>
internal sealed class DatabasePoolCheck(NpgsqlDataSource dataSource) : DatabaseProbe(
    TimeSpan.FromMilliseconds(100), HealthCheckResult.Degraded())
{
    protected override async Task AskAsync()
    {
        await using var connection = await dataSource.OpenConnectionAsync();
    }
}

/// <summary>
/// Sends a query to the database and returns a result within a time limit, even if the database does not respond. A hanging query cannot be
/// canceled quickly, so the check does not wait for it; the next check waits for the same query instead of starting another one.
/// </summary>
internal abstract class DatabaseProbe(TimeSpan limit, HealthCheckResult otherwise) : IHealthCheck
{
    private readonly Lock _gate = new();
    private Task _question = Task.CompletedTask;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await CurrentQuestion().WaitAsync(limit, cancellationToken);

            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (exception is TimeoutException or NpgsqlException)
        {
            return otherwise;
        }
    }

    protected abstract Task AskAsync();

    private Task CurrentQuestion()
    {
        lock (_gate)
            return _question = _question.IsCompleted ? AskAsync() : _question;
    }
}
