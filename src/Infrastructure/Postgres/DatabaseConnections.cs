namespace CleanMessaging.Infrastructure.Postgres;

/// <summary>
/// The connection strings of the application's database. They differ only behind a connection pooler: docs/deployment.md.
/// </summary>
/// <param name="Messaging">For requests.</param>
/// <param name="Sends">
/// For batches of sends, whose sessions need other options. If null, <paramref name="Messaging"/> is used with those options.
/// </param>
/// <param name="Migration">For migrations, directly to PostgreSQL. If null, <paramref name="Messaging"/> is used.</param>
public sealed record DatabaseConnections(string Messaging, string? Sends = null, string? Migration = null)
{
    /// <summary>The names of the connection strings in the configuration.</summary>
    public const string MessagingName = "Messaging";

    /// <inheritdoc cref="MessagingName"/>
    public const string SendsName = "MessagingSends";

    /// <inheritdoc cref="MessagingName"/>
    public const string MigrationName = "MessagingMigration";

    /// <summary>
    /// The key of the data source for polling revoked sessions and the readiness check. Both must work while requests use up the pool.
    /// </summary>
    public const string Reserved = "Reserved";
}
