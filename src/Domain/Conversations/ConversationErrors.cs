using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Conversations;

public static class ConversationErrors
{
    /// <summary>The same answer for a conversation that does not exist and for one that the caller is not in.</summary>
    public static readonly DomainError NotFound = new("conversation.not_found", ErrorKind.NotFound, "There is no such conversation.");

    public static readonly DomainError WithSelf =
        new("conversation.with_self", ErrorKind.Invalid, "A conversation needs two different users.");

    public static readonly DomainError RolePairNotAllowed =
        new("conversation.role_pair_not_allowed", ErrorKind.Forbidden, "A conversation is between an Investor and a Startup.");

    /// <summary>The other user is deactivated: nothing is charged for what they cannot read.</summary>
    public static readonly DomainError RecipientUnavailable = new(
        "conversation.recipient_unavailable", ErrorKind.Conflict, "The recipient's account is deactivated and cannot receive messages. Nothing was charged.");

    public static readonly DomainError InvalidPointsCost =
        new("payment.invalid_points_cost", ErrorKind.Invalid, "The agreed cost is 0 points or more.");

    /// <param name="price">What it costs now, in points.</param>
    /// <param name="agreed">What the caller agreed to pay.</param>
    public static DomainError PriceChanged(long price, long agreed) => new(
        "conversation.price_changed",
        ErrorKind.Conflict,
        string.Create(CultureInfo.InvariantCulture, $"Starting a conversation costs {price} points, more than was agreed to."))
    {
        Details = new Dictionary<string, object?> { ["price"] = price, ["pointsCost"] = agreed },
    };
}
