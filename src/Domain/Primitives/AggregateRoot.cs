namespace CleanMessaging.Domain.Primitives;

/// <summary>The root of an aggregate: all changes of the aggregate go through it. It records changes as domain events.</summary>
public abstract class AggregateRoot
{
    private readonly List<IDomainEvent> _domainEvents = [];

    /// <summary>The domain events recorded since the aggregate was loaded or created, or since they were moved, oldest first.</summary>
    public IReadOnlyList<IDomainEvent> DomainEvents => _domainEvents;

    /// <summary>Moves the recorded events to the end of a list, so that each event is published once.</summary>
    internal void MoveEventsTo(List<IDomainEvent> events)
    {
        events.AddRange(_domainEvents);
        _domainEvents.Clear();
    }

    protected void Raise(IDomainEvent domainEvent) => _domainEvents.Add(domainEvent);
}
