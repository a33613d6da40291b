namespace CleanMessaging.Application.Storage;

/// <summary>The one place that begins, saves, commits, retries, and lets domain events go once they are true.</summary>
public interface IUnitOfWork
{
    /// <summary>
    /// Runs <paramref name="work"/> in one transaction, stores all that it changed, commits, and publishes the domain events that
    /// the changed aggregates recorded. The work may run several times: each time from fresh state.
    /// </summary>
    /// <exception cref="StorageUnavailableException">
    /// The database could not be reached, or was too busy, for too long: all that comes before the commit has
    /// <see cref="DatabaseDeadline.UntilCommit"/> in all.
    /// </exception>
    Task<TResult> ExecuteAsync<TResult>(Func<CancellationToken, Task<TResult>> work, UnitOfWorkOptions options, CancellationToken cancellationToken);
}
