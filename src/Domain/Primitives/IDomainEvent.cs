namespace CleanMessaging.Domain.Primitives;

/// <summary>An event that an aggregate records. Its name is in the past tense; it contains ids and values, never entities.</summary>
/// <remarks>Events are published only after the transaction that recorded them has committed.</remarks>
public interface IDomainEvent;
