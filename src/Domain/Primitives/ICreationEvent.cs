namespace CleanMessaging.Domain.Primitives;

/// <summary>
/// An event that an aggregate records when it is created. If the outcome of the commit is unknown, the event is published only if the
/// aggregate is found in the database (docs/decisions/0007-uncertain-commit.md).
/// </summary>
/// <remarks>Implement the members explicitly, so that they are not part of the event between servers.</remarks>
public interface ICreationEvent : IDomainEvent
{
    /// <summary>The type of the created aggregate.</summary>
    Type AggregateType { get; }

    Guid AggregateId { get; }
}
