namespace CleanMessaging.Domain.Primitives;

/// <summary>The root of an aggregate: all changes of the aggregate go through it. It records changes as domain events.</summary>
public abstract class AggregateRoot
{
    private readonly List<IDomainEvent> _domainEvents = [];

    /// <summary>The domain events recorded since the aggregate was loaded or created, oldest first.</summary>
    public IReadOnlyList<IDomainEvent> DomainEvents => _domainEvents;

    protected void Raise(IDomainEvent domainEvent) => _domainEvents.Add(domainEvent);
}
