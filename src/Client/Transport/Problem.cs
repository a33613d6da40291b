using System.Text.Json;

namespace CleanMessaging.Client;

/// <summary>A refusal as it is on the wire, from REST and from the hub alike.</summary>
internal sealed record Problem(
    string? Code,
    string? Title,
    int Status,
    bool Retryable,
    string? TraceId,
    double? RetryAfter,
    IReadOnlyDictionary<string, IReadOnlyList<Fault>>? Errors,
    long? Price,
    long? Balance,
    int? RemainingFree,
    DateTimeOffset? ResetsAt)
{
    /// <summary>Reads a problem document; null when the text is none.</summary>
    public static Problem? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, MessagingJson.Default.Problem) is { Code: not null } problem ? problem : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The exception that says what this says.</summary>
    public MessagingException ToException() => (Status, Code) switch
    {
        (_, "payment.consent_required") => new ConsentRequiredException(this),
        (_, "wallet.insufficient_balance") => new InsufficientBalanceException(this),
        (_, "conversation.price_changed") => new PriceChangedException(this),
        (401, not "auth.invalid_credentials") => new SignedOutException(this),
        (400, _) => new InvalidRequestException(this),
        (404, _) => new NotFoundException(this),
        (429, _) => new RateLimitedException(this),
        ( >= 500, _) => new ServerUnavailableException(this),
        _ => new MessagingException(this),
    };
}
