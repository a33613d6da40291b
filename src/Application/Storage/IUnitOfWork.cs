namespace CleanMessaging.Application.Storage;

/// <summary>
/// Runs work in a transaction: begins it with the first statement, saves the changes, commits, retries, and publishes domain events after
/// the commit.
/// </summary>
public interface IUnitOfWork
{
    /// <summary>
    /// Runs <paramref name="work"/> in one transaction, saves its changes, commits, and publishes the domain events that the changed
    /// aggregates recorded. The work may run several times, each time with newly loaded state.
    /// </summary>
    /// <exception cref="StorageUnavailableException">
    /// The database was unreachable or too busy for too long. The total time for all work before the commit is
    /// <see cref="DatabaseDeadline.UntilCommit"/>.
    /// </exception>
    Task<TResult> ExecuteAsync<TResult>(
        Func<CancellationToken, Task<TResult>> work, UnitOfWorkOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Runs <paramref name="read"/>, which changes nothing, without a transaction. Runs it a second time when the connection was lost, over
    /// a new connection.
    /// </summary>
    Task<TResult> ReadAsync<TResult>(Func<Task<TResult>> read, CancellationToken cancellationToken);
}
