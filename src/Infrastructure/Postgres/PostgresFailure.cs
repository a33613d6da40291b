using Npgsql;

namespace CleanMessaging.Infrastructure.Postgres;

/// <summary>The kind of a failed database call, which determines the response to the caller.</summary>
internal enum PostgresFailureKind
{
    /// <summary>The failure does not come from the database.</summary>
    None,

    /// <summary>
    /// The transaction was rolled back because it did not get a lock or conflicted with another transaction. A new attempt can succeed.
    /// </summary>
    Contention,

    /// <summary>The connection failed or was lost, or the server is stopping, starting or only a standby.</summary>
    ConnectionLost,

    /// <summary>The call exceeded its time limit. A new attempt would take as long.</summary>
    TooSlow,
}

internal static class PostgresFailure
{
    private const string IdleInTransactionSessionTimeout = "25P03";
    private const string TransactionTimeout = "25P04";
    private const string IdleSessionTimeout = "57P05";

    /// <summary>
    /// The assembly of the driver. It throws a plain exception for an unexpected message of the server, which it can receive after the
    /// cancellation of a statement that it was preparing (Npgsql 10.0.3).
    /// </summary>
    private const string Driver = "Npgsql";

    /// <summary>The error class that connection poolers use in their own errors.</summary>
    private const string ConnectionExceptionClass = "08";

    /// <summary>
    /// The constraints whose violation means that a concurrent duplicate of this request has committed first. A new attempt finds the
    /// duplicate's rows.
    /// </summary>
    private static readonly HashSet<string> _racedFor =
    [
        ConstraintNames.ClientMessageId,
        ConstraintNames.ClientUploadId,
        ConstraintNames.ConversationKey,
        ConstraintNames.Pair,
        ConstraintNames.IdempotencyKey,
        ConstraintNames.Reversal,
        ConstraintNames.Email,
        ConstraintNames.ExternalLogin,
    ];

    /// <summary>
    /// Classifies an exception. Only exceptions of the database driver and of this namespace count as database failures. A missing file, or
    /// another server that does not answer, does not.
    /// </summary>
    public static PostgresFailureKind Classify(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException postgres:
                    return Classify(postgres);
                case DatabaseTimeoutException or ReplicationUnconfirmedException:
                    return PostgresFailureKind.TooSlow;
                case NpgsqlException:
                case { Source: Driver } when cause.GetType() == typeof(Exception):
                    return PostgresFailureKind.ConnectionLost;
            }
        }

        return PostgresFailureKind.None;
    }

    private static PostgresFailureKind Classify(PostgresException exception) => exception.SqlState switch
    {
        PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.LockNotAvailable => PostgresFailureKind.Contention,
        PostgresErrorCodes.UniqueViolation when _racedFor.Contains(exception.ConstraintName ?? "") => PostgresFailureKind.Contention,
        PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.AdminShutdown
            or PostgresErrorCodes.CrashShutdown
            or IdleSessionTimeout
            or PostgresErrorCodes.ReadOnlySqlTransaction => PostgresFailureKind.ConnectionLost,
        { } state when state.StartsWith(ConnectionExceptionClass, StringComparison.Ordinal) => PostgresFailureKind.ConnectionLost,
        PostgresErrorCodes.QueryCanceled
            or PostgresErrorCodes.DiskFull
            or PostgresErrorCodes.OutOfMemory
            or IdleInTransactionSessionTimeout
            or TransactionTimeout => PostgresFailureKind.TooSlow,
        _ => PostgresFailureKind.None,
    };
}
