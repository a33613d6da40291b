namespace CleanMessaging.Infrastructure.Errors;

/// <summary>The host rejects a request before a use case runs.</summary>
/// <param name="problem">The error that the caller gets.</param>
public sealed class RequestRejectedException(ApiProblem problem) : Exception(problem.Title)
{
    public ApiProblem Problem { get; } = problem;
}
