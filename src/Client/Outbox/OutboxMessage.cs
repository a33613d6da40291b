using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>A message on its way: kept until the server has it, and sent under one and the same id however often that takes.</summary>
/// <param name="ClientMessageId">The id under which it is sent, from the first attempt to the last.</param>
/// <param name="SenderId">Whose message it is.</param>
/// <param name="Content">1 to 5000 characters (Unicode code points), sent verbatim.</param>
/// <param name="ExpirationHours">Hours from the server's acceptance on until it disappears, 1 to 8760; null for never.</param>
/// <param name="MaxPoints">The most that the sender agrees to pay, in points; null to pay what it costs.</param>
/// <param name="QueuedAt">By the server's clock, as far as it was known; messages of one conversation are sent in this order.</param>
/// <param name="Failure">Why the server rejected it for good; null while it is waiting or being sent.</param>
public sealed record OutboxMessage(
    Guid ClientMessageId,
    Guid SenderId,
    Guid ConversationId,
    string Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? ExpirationHours,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? MaxPoints,
    DateTimeOffset QueuedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] SendFailure? Failure);

/// <summary>Why a message was rejected. It consumed nothing, and the same message can be tried again.</summary>
/// <param name="Code">The server's code, such as <c>payment.consent_required</c>.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Price">What it costs, in points, where the rejection is about points.</param>
/// <param name="Balance">Points in the wallet, where the rejection is about points.</param>
/// <param name="ResetsAt">When free messages return, where waiting helps.</param>
public sealed record SendFailure(string Code, string Message, long? Price = null, long? Balance = null, DateTimeOffset? ResetsAt = null)
{
    internal static SendFailure Of(MessagingException exception) => exception switch
    {
        ConsentRequiredException rejected => new(rejected.Code, rejected.Message, rejected.Price, rejected.Balance, rejected.ResetsAt),
        InsufficientBalanceException rejected => new(rejected.Code, rejected.Message, rejected.Price, rejected.Balance, rejected.ResetsAt),
        InvalidRequestException { Errors: { Count: > 0 } errors } => errors.First().Value is [var fault, ..]
            ? new(fault.Code, fault.Message)
            : new(exception.Code, exception.Message),
        _ => new(exception.Code, exception.Message),
    };
}
