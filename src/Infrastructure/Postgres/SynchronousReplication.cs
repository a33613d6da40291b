using Npgsql;

namespace CleanMessaging.Infrastructure.Postgres;

/// <summary>
/// Detects commits on a connection that PostgreSQL acknowledged without confirmation by a synchronous standby. PostgreSQL does so, with a
/// notice, when the wait for the standby is canceled, for instance by the driver's time-out. The rows are then visible on the primary, and
/// lost when a standby takes over (docs/decisions/0031-synchronous-standby.md).
/// </summary>
internal sealed class SynchronousReplication : IDisposable
{
    /// <summary>
    /// Makes a transaction that wrote nothing wait for the synchronous standbys, so that what it has read is on them. A transaction without
    /// a WAL record would not wait. Does nothing when no synchronous standby is configured.
    /// </summary>
    public const string Barrier =
        "SELECT pg_logical_emit_message(true, 'cleanmessaging', '') WHERE current_setting('synchronous_standby_names') <> ''";

    /// <summary>The PostgreSQL routine that waits for standbys and writes the notice.</summary>
    private const string WaitingRoutine = "SyncRepWaitForLSN";

    private readonly NpgsqlConnection _connection;
    private bool _isUnconfirmed;

    public SynchronousReplication(NpgsqlConnection connection)
    {
        _connection = connection;
        _connection.Notice += OnNotice;
    }

    /// <exception cref="ReplicationUnconfirmedException">No standby has confirmed a commit on this connection.</exception>
    public void EnsureConfirmed()
    {
        if (_isUnconfirmed)
            throw new ReplicationUnconfirmedException();
    }

    public void Dispose() => _connection.Notice -= OnNotice;

    private void OnNotice(object sender, NpgsqlNoticeEventArgs notice) => _isUnconfirmed |= notice.Notice.Routine == WaitingRoutine;
}

/// <summary>A commit is on the primary, but on no synchronous standby: whether it is durable is unknown.</summary>
internal sealed class ReplicationUnconfirmedException() : Exception("No synchronous standby has confirmed the commit in time.");
