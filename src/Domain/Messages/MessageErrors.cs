using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

public static class MessageErrors
{
    public static readonly DomainError NotFound = new("message.not_found", ErrorKind.NotFound, "There is no such message.");

    public static readonly DomainError Empty =
        new("message.empty", ErrorKind.Invalid, "A message needs at least one visible character.");

    public static readonly DomainError TooLong = new(
        "message.too_long",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture, $"A message can have at most {MessageContent.MaxLength} characters (Unicode code points)."));

    public static readonly DomainError InvalidText =
        new("message.invalid_text", ErrorKind.Invalid, "The text contains U+0000 or an unpaired surrogate.");

    public static readonly DomainError InvalidExpiration =
        new(
            "message.invalid_expiration",
            ErrorKind.Invalid,
            string.Create(
                CultureInfo.InvariantCulture,
                $"expirationHours is a whole number of hours, {MessageDraft.ExpirationHoursMin} to {MessageDraft.ExpirationHoursMax}. Leave it out for a message that never expires."));

    public static readonly DomainError ClientIdReused =
        new("message.client_id_reused", ErrorKind.Mismatch, "The clientMessageId was used for a different message.");

    /// <summary>The message that a page starts from does not exist in the conversation.</summary>
    public static readonly DomainError InvalidCursor =
        new("message.invalid_cursor", ErrorKind.Invalid, "The message that the page starts from does not exist in this conversation.");
}
