using Microsoft.Extensions.Options;
using Npgsql;

namespace CleanMessaging.Infrastructure.Limits;

/// <summary>
/// Bounds the searches for users: at most a quarter of the database connections, so that searches never block other requests from the
/// database.
/// </summary>
internal sealed class SearchLimit(NpgsqlDataSource database, IOptions<LimitOptions> options, LimitLog log) : ServerConcurrency(
    Math.Min(options.Value.SearchesAtOnce, QuarterOf(new NpgsqlConnectionStringBuilder(database.ConnectionString).MaxPoolSize)),
    options.Value.SearchWait,
    nameof(LimitOptions.SearchesAtOnce),
    log)
{
    /// <summary>A quarter of the connections, but at least one.</summary>
    public static int QuarterOf(int connections) => Math.Max(1, connections / 4);
}
