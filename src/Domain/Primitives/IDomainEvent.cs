namespace CleanMessaging.Domain.Primitives;

/// <summary>A fact that an aggregate has made true: named in the past tense, carrying ids and facts, never entities.</summary>
/// <remarks>Events leave the process only after the transaction that made them true has committed.</remarks>
public interface IDomainEvent;
