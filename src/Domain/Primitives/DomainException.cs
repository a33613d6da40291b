namespace CleanMessaging.Domain.Primitives;

/// <summary>Thrown when a rule is broken; nothing that the rejected operation did is kept.</summary>
public sealed class DomainException(DomainError error) : Exception(error.Message)
{
    public DomainError Error { get; } = error;
}
