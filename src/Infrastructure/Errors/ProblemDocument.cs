using System.Text.Json.Serialization;
using CleanMessaging.Infrastructure.Serialization;

namespace CleanMessaging.Infrastructure.Errors;

/// <summary>The reason why a request was rejected (RFC 9457). Some codes add members such as price, balance and resetsAt.</summary>
/// <remarks>It is the same over HTTP and over the hub.</remarks>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed class ProblemDocument(ApiProblem problem, string traceId)
{
    /// <summary>The code as a URI.</summary>
    public Uri Type { get; init; } = new($"urn:cleanmessaging:problem:{problem.Code}");

    /// <summary>A short message for people.</summary>
    public string Title { get; init; } = problem.Title;

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; } = problem.Status;

    // Always false.
    public bool Success { get; init; }

    /// <summary>The stable error code; clients branch on it.</summary>
    public string Code { get; init; } = problem.Code;

    /// <summary>The trace id of the request in the server's log.</summary>
    public string TraceId { get; init; } = traceId;

    /// <summary>Whether the same request may succeed when it is repeated unchanged.</summary>
    public bool Retryable { get; init; } = problem.Retryable;

    /// <summary>Seconds to wait before a retry of the same request.</summary>
    /// <remarks>A hub has no headers, and a browser page may not be able to read them.</remarks>
    [Optional]
    public int? RetryAfter { get; init; } = problem.RetryAfterSeconds;

    /// <summary>The errors of each invalid member; present only when the input is malformed.</summary>
    [Optional]
    public IReadOnlyDictionary<string, IReadOnlyList<FieldError>>? Errors { get; init; } = problem.Errors.Count > 0 ? problem.Errors : null;

    /// <summary>The named values of the error, each a member of its own.</summary>
    [JsonExtensionData]
    public Dictionary<string, object?> Details { get; } = new(problem.Details);
}
