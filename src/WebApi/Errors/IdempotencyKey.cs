using CleanMessaging.Infrastructure.Errors;

namespace CleanMessaging.WebApi.Errors;

/// <summary>The key with which a request of an endpoint can be repeated without a second effect.</summary>
/// <param name="Name">The member of the body, or the header, that contains the key.</param>
internal sealed record IdempotencyKey(string Name)
{
    /// <summary>
    /// Returns the error of a request with an unknown outcome: the same error, but one that can be repeated names the key. Without a key it
    /// could not be repeated.
    /// </summary>
    public ApiProblem AddTo(ApiProblem outcomeUnknown) => outcomeUnknown.Retryable
        ? outcomeUnknown with { Title = $"It is not known whether the change was made. Repeat the request with the same {Name} to find out." }
        : outcomeUnknown;
}
