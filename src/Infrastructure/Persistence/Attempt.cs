using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Infrastructure.Realtime;

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
    /// committed in one transaction, so one change that is not stored excludes all of them, and one that is stored proves all of them. For
    /// instance, the aggregate of a concurrent duplicate has another id, and the duplicate publishes its own events.
    /// </summary>
    /// <param name="find">Reads the row that proves an event; null if there is none.</param>
    public async Task<ConfirmedEvents> FindConfirmedEventsAsync(Func<IVerifiableEvent, ValueTask<object?>> find)
    {
        var confirmed = new List<IDomainEvent>();
        var hasUnknownOutcome = false;
        foreach (var events in UnconfirmedEvents.Where(events => events.Count > 0))
        {
            var outcomes = new List<bool?>();
            foreach (var verifiable in events.OfType<IVerifiableEvent>())
                outcomes.Add(verifiable.IsCommitted(await find(verifiable)));

            if (outcomes.Contains(false))
                continue;

            if (outcomes.Contains(true))
                confirmed.AddRange(events);
            else
                hasUnknownOutcome = true;
        }

        return new ConfirmedEvents(confirmed, hasUnknownOutcome);
    }

    /// <summary>Records that the announced commit has certainly failed. The attempt can announce another one.</summary>
    public void CommitFailed()
    {
        IsCommitting = false;
        deadline.CommitFailed();
    }
}

/// <summary>The events of earlier attempts of an operation whose outcome was unknown.</summary>
/// <param name="Events">The events that were committed, in order.</param>
/// <param name="HasUnknownOutcome">Whether the database does not say of some events whether they were committed.</param>
internal sealed record ConfirmedEvents(IReadOnlyList<IDomainEvent> Events, bool HasUnknownOutcome)
{
    /// <summary>Publishes the committed events. Clients must resync if there may be others.</summary>
    public void PublishTo(RealtimeNotifier notifier)
    {
        notifier.Publish(Events);
        if (HasUnknownOutcome)
            notifier.EventsLost();
    }
}
