namespace CleanMessaging.Domain.Primitives;

/// <summary>Thrown when an operation violates a domain rule. The operation is rolled back.</summary>
public sealed class DomainException(DomainError error) : Exception(error.Message)
{
    public DomainError Error { get; } = error;
}
