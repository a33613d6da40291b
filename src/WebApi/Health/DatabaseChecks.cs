using CleanMessaging.Infrastructure.Persistence;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace CleanMessaging.WebApi.Health;

/// <summary>
/// Unhealthy when the database does not answer within half a second. Asks over a connection that no request uses: requests that use up the pool, or wait for a lock,
/// say nothing of the database.
/// </summary>
internal sealed class DatabaseCheck([FromKeyedServices(PersistenceRegistration.Reserved)] NpgsqlDataSource dataSource)
    : DatabaseProbe(TimeSpan.FromMilliseconds(500), HealthCheckResult.Unhealthy())
{
    protected override async Task AskAsync()
    {
        await using var command = dataSource.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync();
    }
}

/// <summary>
/// Degraded, and no worse, when no connection for a request is free within a tenth of a second: this server is busy, and taking it out of service would only make
/// the others busier.
/// </summary>
internal sealed class DatabasePoolCheck(NpgsqlDataSource dataSource) : DatabaseProbe(TimeSpan.FromMilliseconds(100), HealthCheckResult.Degraded())
{
    protected override async Task AskAsync()
    {
        await using var connection = await dataSource.OpenConnectionAsync();
    }
}

/// <summary>
/// Asks the database something, and answers in time whether or not it has answered. What hangs cannot be canceled quickly, so it is not waited for; the next check
/// waits for the same question instead of adding one.
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
