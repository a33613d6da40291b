namespace CleanMessaging.Infrastructure.Errors;

/// <summary>A request that is rejected by the host, before a use case has been asked.</summary>
/// <param name="failure">What the caller is told.</param>
public sealed class RequestRejectedException(ApiProblem failure) : Exception(failure.Title)
{
    public ApiProblem ApiProblem { get; } = failure;
}
