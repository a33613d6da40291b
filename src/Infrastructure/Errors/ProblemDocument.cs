namespace CleanMessaging.Infrastructure.Errors;

/// <summary>A failure as it is written: a problem document (RFC 9457), the same over HTTP and over the hub.</summary>
public static class ProblemDocument
{
    /// <summary>The problem type of a code; the code is what clients should look at.</summary>
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
