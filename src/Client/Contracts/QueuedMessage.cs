using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>
/// A message in the send queue, or a change of an earlier message. It is kept until the server accepts it, and every attempt uses the same
/// id.
/// </summary>
/// <param name="ClientMessageId">The id of the message or of the change, the same for all attempts.</param>
/// <param name="SenderId">The user who sends the message.</param>
/// <param name="Content">
/// 1 to 5000 characters (Unicode code points), sent verbatim; empty for a change, and possibly for a message with attachments.
/// </param>
/// <param name="ExpirationHours">
/// Hours from the server's acceptance until the message expires, 1 to 8760; null for the conversation's default.
/// </param>
/// <param name="MaxPoints">The highest price in points that the sender agrees to pay; null for any price.</param>
/// <param name="QueuedAt">
/// When the message was queued, by the estimated server time. Messages of a conversation are sent in this order.
/// </param>
/// <param name="Failure">Why the server rejected it; null while it is waiting or being sent.</param>
/// <param name="Change">The edit or deletion of an earlier message, or the reaction to it; null for a new message.</param>
/// <param name="NeverExpires">Whether the message never expires, also in a conversation with a default expiration.</param>
/// <param name="ReplyToSequence">The sequence of the message that this one replies to; null if it is not a reply.</param>
/// <param name="NeverAttempted">
/// Whether no attempt to send it has begun, so that the server cannot have it. Its text can then be changed, and it can be withdrawn. False
/// for what an earlier version of the client has stored.
/// </param>
public sealed record QueuedMessage(
    Guid ClientMessageId,
    Guid SenderId,
    Guid ConversationId,
    string Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? ExpirationHours,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? MaxPoints,
    DateTimeOffset QueuedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] SendFailure? Failure,
    QueuedChange? Change = null,
    bool NeverExpires = false,
    long? ReplyToSequence = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool NeverAttempted = false)
{
    private readonly ValueList<MessageAttachment> _attachments;

    /// <summary>The uploaded files that are sent with the message, in their order. Every attempt sends the same ones.</summary>
    public IReadOnlyList<MessageAttachment> Attachments
    {
        // An earlier version of the client does not store it.
        get => _attachments.Items;
        init => _attachments = new ValueList<MessageAttachment>(value);
    }
}

/// <summary>Why a message or a change was rejected. Nothing was charged or counted, and a message can be sent again.</summary>
/// <param name="Code">The server's code, such as <c>payment.consent_required</c>.</param>
/// <param name="Message">A sentence that describes the error.</param>
/// <param name="Price">The price in points, if the rejection is about points.</param>
/// <param name="Balance">Points in the wallet, if the rejection is about points.</param>
/// <param name="ResetsAt">When the free messages are reset, if waiting helps.</param>
public sealed record SendFailure(string Code, string Message, long? Price = null, long? Balance = null, DateTimeOffset? ResetsAt = null)
{
    internal static SendFailure Of(MessagingException exception) => exception switch
    {
        ConsentRequiredException rejected => new(rejected.Code, rejected.Message, rejected.Price, rejected.Balance, rejected.ResetsAt),
        InsufficientBalanceException rejected => new(rejected.Code, rejected.Message, rejected.Price, rejected.Balance, rejected.ResetsAt),
        InvalidRequestException { Errors: { Count: > 0 } errors } => errors.First().Value is [var error, ..]
            ? new(error.Code, error.Message)
            : new(exception.Code, exception.Message),
        _ => new(exception.Code, exception.Message),
    };
}
