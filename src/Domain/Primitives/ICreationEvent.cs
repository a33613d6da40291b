namespace CleanMessaging.Domain.Primitives;

/// <summary>
/// An event that an aggregate records when it is created. The change was committed if the aggregate is stored.
/// </summary>
/// <remarks>Implement the members explicitly, so that they are not part of the event between servers.</remarks>
public interface ICreationEvent : IVerifiableEvent
{
    /// <summary>The type of the created aggregate.</summary>
    Type AggregateType { get; }

    Guid AggregateId { get; }

    Type IVerifiableEvent.RowType => AggregateType;

    IReadOnlyList<object> IVerifiableEvent.RowKey => [AggregateId];

    bool? IVerifiableEvent.IsCommitted(object? row) => row is not null;
}
