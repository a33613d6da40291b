namespace CleanMessaging.Domain.Primitives;

/// <summary>A violated domain rule: a stable public code, a readable message, and the values that a client needs to react.</summary>
/// <param name="Code">The stable public error code, <c>aggregate.reason</c>; clients branch on it.</param>
/// <param name="Kind">The kind of error, which determines the HTTP status.</param>
/// <param name="Message">A short English message; never contains message text, tokens or other users' data.</param>
public sealed record DomainError(string Code, ErrorKind Kind, string Message)
{
    /// <summary>Named values such as <c>price</c> and <c>balance</c>, written as members of the problem document.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = new Dictionary<string, object?>();
}
