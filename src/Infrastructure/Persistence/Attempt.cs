using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>One attempt to run an operation, and its progress. The progress determines what a failure means.</summary>
/// <param name="number">1 for the first attempt.</param>
/// <param name="unconfirmedEvents">The events of each earlier attempt whose outcome is unknown; they were not published.</param>
/// <param name="untilCommit">Canceled when the caller cancels, and when the time before the commit has run out.</param>
/// <param name="cancellationToken">Canceled when the caller cancels.</param>
internal sealed class Attempt(
    int number,
    DatabaseDeadline deadline,
    IReadOnlyList<IReadOnlyList<IDomainEvent>> unconfirmedEvents,
    CancellationToken untilCommit,
    CancellationToken cancellationToken)
{
    public int Number { get; } = number;

    public IReadOnlyList<IReadOnlyList<IDomainEvent>> UnconfirmedEvents { get; } = unconfirmedEvents;

    public CancellationToken UntilCommit { get; } = untilCommit;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The time that remains for everything before the commit.</summary>
    public TimeSpan Remaining => deadline.Remaining;

    /// <summary>Whether the attempt has used the database.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether the commit has begun. From then on a failure can leave the outcome unknown.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>The domain events to publish after the commit.</summary>
    public IReadOnlyList<IDomainEvent> Events { get; set; } = [];

    /// <summary>
    /// Announces the commit. Returns false if the caller already has the error that nothing was changed; then the commit must not happen.
    /// </summary>
    public bool TryBeginCommit() => IsCommitting = deadline.TryBeginCommit();

    /// <summary>
    /// Returns the events of those earlier attempts with an unknown outcome that turned out to be committed. The events of an attempt are
    /// committed in one transaction, so one aggregate that the attempt did not create after all excludes all of them. For instance, the
    /// aggregate of a concurrent duplicate has another id, and the duplicate publishes its own events. Events without a creation count as
    /// committed, because this attempt has found nothing left to do.
    /// </summary>
    /// <param name="isStored">Returns whether the database has the aggregate of an event.</param>
    public async Task<IReadOnlyList<IDomainEvent>> FindConfirmedEventsAsync(Func<ICreationEvent, ValueTask<bool>> isStored)
    {
        var confirmed = new List<IDomainEvent>();
        foreach (var events in UnconfirmedEvents)
        {
            var isCommitted = true;
            foreach (var created in events.OfType<ICreationEvent>())
                isCommitted = isCommitted && await isStored(created);

            if (isCommitted)
                confirmed.AddRange(events);
        }

        return confirmed;
    }

    /// <summary>Records that the announced commit has certainly failed. The attempt can announce another one.</summary>
    public void CommitFailed()
    {
        IsCommitting = false;
        deadline.CommitFailed();
    }
}
