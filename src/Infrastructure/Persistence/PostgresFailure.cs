using CleanMessaging.Infrastructure.Persistence.Sends;
using Npgsql;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>What a failed database call means for a caller.</summary>
internal enum PostgresFailureKind
{
    /// <summary>Not the database's doing.</summary>
    None,

    /// <summary>Rolled back for want of a lock or because somebody else was faster; running it again helps.</summary>
    Contention,

    /// <summary>No connection, a lost one, or a server that is going down, coming up, or only a standby by now.</summary>
    ConnectionLost,

    /// <summary>It took longer than allowed; running it again would take as long.</summary>
    TooSlow,
}

internal static class PostgresFailure
{
    private const string IdleInTransactionSessionTimeout = "25P03";
    private const string TransactionTimeout = "25P04";
    private const string IdleSessionTimeout = "57P05";

    /// <summary>What connection poolers between us and the server answer with.</summary>
    private const string ConnectionExceptionClass = "08";

    /// <summary>The constraints whose violation means that a twin of this request committed first; a new attempt finds what it made.</summary>
    private static readonly HashSet<string> _racedFor =
    [
        ConstraintNames.ClientMessageId,
        ConstraintNames.Pair,
        ConstraintNames.IdempotencyKey,
        ConstraintNames.Reversal,
        ConstraintNames.Email,
        ConstraintNames.ExternalLogin,
    ];

    /// <summary>
    /// What an exception says of the database. Only what the database's driver and this namespace throw says anything: a file that is missing, or another server
    /// that does not answer, is not the database's failure.
    /// </summary>
    public static PostgresFailureKind Classify(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException postgres:
                    return Classify(postgres);
                case SendBatchAbortedException:
                    return PostgresFailureKind.Contention;
                case DatabaseTimeoutException or ReplicationUnconfirmedException:
                    return PostgresFailureKind.TooSlow;
                case NpgsqlException:
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
