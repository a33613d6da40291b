namespace CleanMessaging.Infrastructure.Failures;

/// <summary>A request that is refused by the host, before a use case has been asked.</summary>
/// <param name="failure">What the caller is told.</param>
public sealed class RefusedException(Failure failure) : Exception(failure.Title)
{
    public Failure Failure { get; } = failure;
}
