namespace CleanMessaging.Infrastructure.Errors;

/// <summary>The host rejects a request before a use case runs.</summary>
/// <param name="failure">The error that the caller gets.</param>
public sealed class RequestRejectedException(ApiProblem failure) : Exception(failure.Title)
{
    public ApiProblem ApiProblem { get; } = failure;
}
