namespace CleanMessaging.Domain.Primitives;

/// <summary>The one object through which a cluster of state is changed; it records what has happened as domain events.</summary>
public abstract class AggregateRoot
{
    private readonly List<IDomainEvent> _domainEvents = [];

    /// <summary>What has happened since the aggregate was loaded or made, oldest first.</summary>
    public IReadOnlyList<IDomainEvent> DomainEvents => _domainEvents;

    protected void Raise(IDomainEvent domainEvent) => _domainEvents.Add(domainEvent);
}
