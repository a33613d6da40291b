using System.Globalization;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Messages;

public static class MessageErrors
{
    public static readonly DomainError NotFound = new("message.not_found", ErrorKind.NotFound, "There is no such message.");

    public static readonly DomainError Empty =
        new("message.empty", ErrorKind.Invalid, "A message needs at least one visible character, or an attachment and no text.");

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
                $"expirationHours is a whole number of hours, {MessageDraft.ExpirationHoursMin} to {MessageDraft.ExpirationHoursMax}. Leave it out for the default of the conversation, or state neverExpires."));

    /// <summary>A send states both a time to live and that the message never expires.</summary>
    public static readonly DomainError ExpirationAmbiguous = new(
        "message.expiration_ambiguous", ErrorKind.Invalid, "A message that never expires has no expirationHours. Leave out one of the two.");

    /// <summary>The hours after which a message shall expire that is already sent. Unlike a send, this needs a number.</summary>
    public static readonly DomainError InvalidEarlierExpiration =
        new(
            "message.invalid_earlier_expiration",
            ErrorKind.Invalid,
            string.Create(
                CultureInfo.InvariantCulture,
                $"expirationHours is a whole number of hours from now, {MessageDraft.ExpirationHoursMin} to {MessageDraft.ExpirationHoursMax}."));

    /// <param name="expiresAt">When the message expires.</param>
    public static DomainError ExpirationOnlyEarlier(DateTimeOffset expiresAt) =>
        new("message.expiration_only_earlier", ErrorKind.Conflict, "A message can only expire earlier than it already does, not later.")
        {
            Details = new Dictionary<string, object?> { ["expiresAt"] = expiresAt },
        };

    /// <summary>The message that a reply names does not exist yet. Whether it is still visible does not matter.</summary>
    public static readonly DomainError ReplyOutOfRange = new(
        "message.reply_out_of_range",
        ErrorKind.Invalid,
        "replyToSequence is the sequence of an earlier message of the conversation, 1 or more. Leave it out for a message that is not a reply.");

    public static readonly DomainError TooManyAttachments = new(
        "message.too_many_attachments",
        ErrorKind.Invalid,
        string.Create(CultureInfo.InvariantCulture, $"A message can have at most {MessageAttachments.Max} attachments."));

    public static readonly DomainError AttachmentRepeated =
        new("message.attachment_repeated", ErrorKind.Invalid, "Each attachment must appear only once.");

    /// <summary>A voice message is sent with other attachments.</summary>
    public static readonly DomainError VoiceWithOthers =
        new("message.voice_alone", ErrorKind.Invalid, "A voice message is the only attachment of its message. Send others separately.");

    public static readonly DomainError NotPlayable =
        new("message.not_playable", ErrorKind.Invalid, "Only a voice message can be played.");

    public static readonly DomainError ClientIdReused =
        new("message.client_id_reused", ErrorKind.Mismatch, "The clientMessageId was used for a different message.");

    /// <summary>The caller sees the message, but only its sender can change it.</summary>
    public static readonly DomainError NotYours =
        new("message.not_yours", ErrorKind.Forbidden, "Only the sender can change or delete a message.");

    /// <summary>The message that a page starts from does not exist in the conversation.</summary>
    public static readonly DomainError InvalidCursor =
        new("message.invalid_cursor", ErrorKind.Invalid, "The message that the page starts from does not exist in this conversation.");

    /// <param name="version">The current version of the message.</param>
    public static DomainError EditConflict(int version) =>
        new("message.edit_conflict", ErrorKind.Conflict, "The message has another version than the given one.")
        {
            Details = new Dictionary<string, object?> { ["version"] = version },
        };

    /// <param name="editableUntil">The instant from which the message could no longer be edited.</param>
    public static DomainError EditWindowOver(DateTimeOffset editableUntil) =>
        new("message.edit_window_over", ErrorKind.Conflict, "It is too late to edit this message.")
        {
            Details = new Dictionary<string, object?> { ["editableUntil"] = editableUntil },
        };

    /// <param name="max">The maximum number of edits of one message.</param>
    public static DomainError TooManyEdits(int max) =>
        new("message.too_many_edits", ErrorKind.Conflict, "The message was edited too often.")
        {
            Details = new Dictionary<string, object?> { ["max"] = max },
        };

    /// <summary>A negative version.</summary>
    public static readonly DomainError InvalidVersion = new("message.invalid_version", ErrorKind.Invalid, "A version is 0 or more.");

    /// <summary>The server is configured not to show earlier texts.</summary>
    public static readonly DomainError HistoryHidden =
        new("message.history_hidden", ErrorKind.Forbidden, "Earlier texts of messages are not shown on this server.");

    /// <param name="deletableUntil">The instant from which the message could no longer be deleted.</param>
    public static DomainError DeleteWindowOver(DateTimeOffset deletableUntil) =>
        new("message.delete_window_over", ErrorKind.Conflict, "It is too late to delete this message for everyone.")
        {
            Details = new Dictionary<string, object?> { ["deletableUntil"] = deletableUntil },
        };
}
