namespace CleanMessaging.Domain.Primitives;

/// <summary>A broken rule: a stable public code, a sentence for people, and the numbers that a client needs to react.</summary>
/// <param name="Code">Stable and public, <c>aggregate.reason</c>; clients branch on it.</param>
/// <param name="Kind">What sort of rejection it is; decides the HTTP status.</param>
/// <param name="Message">One English sentence; never contains message text, tokens or other people's data.</param>
public sealed record DomainError(string Code, ErrorKind Kind, string Message)
{
    /// <summary>Named facts beside the message, such as <c>price</c> and <c>balance</c>; written as members of the problem document.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = new Dictionary<string, object?>();
}
