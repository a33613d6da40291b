namespace CleanMessaging.Domain.Primitives;

/// <summary>
/// An event whose change can be verified in the database. If the outcome of the commit is unknown, the event is published only if a stored
/// row proves the change (docs/decisions/0007-uncertain-commit.md).
/// </summary>
/// <remarks>Implement the members explicitly, so that they are not part of the event between servers.</remarks>
public interface IVerifiableEvent : IDomainEvent
{
    /// <summary>The type of the row that proves the change.</summary>
    Type RowType { get; }

    /// <summary>The primary key of the row.</summary>
    IReadOnlyList<object> RowKey { get; }

    /// <summary>
    /// Returns whether the change was committed; null if the row does not say, because a later change or another change of another device
    /// could explain it. True also if another device has made the same change and its event is equal.
    /// </summary>
    /// <param name="row">The row as it is stored now; null if there is none.</param>
    bool? IsCommitted(object? row);
}
