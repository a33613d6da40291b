using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

public static class ConversationErrors
{
    /// <summary>The error both for a conversation that does not exist and for one in which the caller is not a participant.</summary>
    public static readonly DomainError NotFound = new("conversation.not_found", ErrorKind.NotFound, "There is no such conversation.");

    public static readonly DomainError WithSelf =
        new("conversation.with_self", ErrorKind.Invalid, "A conversation needs two different users.");

    public static readonly DomainError RolePairNotAllowed =
        new("conversation.role_pair_not_allowed", ErrorKind.Forbidden, "A conversation is between an Investor and a Startup.");

    /// <summary>The other user is deactivated. Nothing is charged, because that user cannot read the message.</summary>
    public static readonly DomainError RecipientUnavailable = new(
        "conversation.recipient_unavailable",
        ErrorKind.Conflict,
        "The recipient's account is deactivated and cannot receive messages. Nothing was charged.");

    public static readonly DomainError InvalidPointsCost =
        new("payment.invalid_points_cost", ErrorKind.Invalid, "pointsCost must be 0 or more.");

    public static readonly DomainError InvalidSequence =
        new("conversation.invalid_sequence", ErrorKind.Invalid, "throughSequence is 0 or more.");

    public static readonly DomainError MuteInThePast =
        new("conversation.mute_in_the_past", ErrorKind.Invalid, "until must be later than now. Leave it out to mute forever.");

    public static readonly DomainError TooManyPinned = new(
        "conversation.too_many_pinned",
        ErrorKind.Conflict,
        string.Create(CultureInfo.InvariantCulture, $"You can pin at most {Participant.PinnedMax} conversations. Unpin another one first."))
    {
        Details = new Dictionary<string, object?> { ["max"] = Participant.PinnedMax },
    };

    public static readonly DomainError TooManyHidden = new(
        "conversation.too_many_hidden",
        ErrorKind.Conflict,
        string.Create(
            CultureInfo.InvariantCulture,
            $"You can hide at most {Participant.HiddenMax} messages of a conversation. Clear the conversation instead."))
    {
        Details = new Dictionary<string, object?> { ["max"] = Participant.HiddenMax },
    };

    public static readonly DomainError InvalidExpiration = new(
        "conversation.invalid_expiration",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture,
            $"expirationHours is a whole number of hours, {Conversation.ExpirationHoursMin} to {Conversation.ExpirationHoursMax}, or null for none."));

    /// <param name="price">The current price, in points.</param>
    /// <param name="agreed">The price that the caller agreed to pay, in points.</param>
    public static DomainError PriceChanged(long price, long agreed) => new(
        "conversation.price_changed",
        ErrorKind.Conflict,
        string.Create(CultureInfo.InvariantCulture, $"Starting a conversation costs {price} points, more than you agreed to pay."))
    {
        Details = new Dictionary<string, object?> { ["price"] = price, ["pointsCost"] = agreed },
    };
}
