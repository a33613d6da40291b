namespace CleanMessaging.Infrastructure.Errors;

/// <summary>The written form of an error: a problem document (RFC 9457). It is the same over HTTP and over the hub.</summary>
public static class ProblemDocument
{
    /// <summary>Returns the problem type of a code. Clients should branch on the code.</summary>
    private const string TypePrefix = "urn:cleanmessaging:problem:";

    public static IReadOnlyDictionary<string, object?> Of(ApiProblem failure, string traceId)
    {
        var problem = new Dictionary<string, object?>
        {
            ["type"] = TypePrefix + failure.Code,
            ["title"] = failure.Title,
            ["status"] = failure.Status,
            ["success"] = false,
            ["code"] = failure.Code,
            ["traceId"] = traceId,
            ["retryable"] = failure.Retryable,
        };
        if (failure.RetryAfterSeconds is { } seconds)
            problem[ApiProblem.RetryAfter] = seconds;
        foreach (var (name, value) in failure.Details)
            problem[name] = value;
        if (failure.Errors.Count > 0)
            problem["errors"] = failure.Errors;

        return problem;
    }
}
