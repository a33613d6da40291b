using System.Globalization;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

public static class AttachmentErrors
{
    /// <summary>
    /// The error for an attachment that does not exist, that is another user's and not sent, or whose message the caller does not see.
    /// </summary>
    public static readonly DomainError NotFound = new("attachment.not_found", ErrorKind.NotFound, "There is no such attachment.");

    public static readonly DomainError ClientIdReused =
        new("attachment.client_id_reused", ErrorKind.Mismatch, "The clientUploadId was used for a different upload.");

    public static readonly DomainError InvalidConversation = new(
        "attachment.invalid_conversation",
        ErrorKind.Invalid,
        "A file, an image and a voice recording need the conversationId of a conversation. An avatar has none: leave it out.");

    public static readonly DomainError InvalidName = new(
        "attachment.invalid_name",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture,
            $"A name has 1 to {AttachmentName.MaxLength} characters, without control characters, slashes and characters that change the direction of text."));

    public static readonly DomainError InvalidDescription = new(
        "attachment.invalid_description",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture, $"A description has 1 to {AttachmentName.DescriptionMaxLength} characters. Leave it out for none."));

    public static readonly DomainError InvalidVoice = new(
        "attachment.invalid_voice",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture,
            $"A voice recording, and only that, has voice: a duration of {VoiceNote.DurationMsMin} to {VoiceNote.DurationMsMax:N0} ms and 1 to {VoiceNote.WaveformMaxLength} values of 0 to {VoiceNote.WaveformMax}."));

    public static readonly DomainError Empty = new("attachment.empty", ErrorKind.Invalid, "An attachment needs at least one byte.");

    public static readonly DomainError TooManyUploads = new(
        "attachment.too_many_uploads",
        ErrorKind.Conflict,
        string.Create(
            CultureInfo.InvariantCulture,
            $"You have {AttachmentPolicy.OpenUploadsMax} uploads that are not complete. Complete or cancel one of them first."))
    {
        Details = new Dictionary<string, object?> { ["max"] = AttachmentPolicy.OpenUploadsMax },
    };

    /// <summary>A client that uploads a few bytes at a time would make the server store a huge number of objects.</summary>
    public static readonly DomainError TooManyParts = new(
        "attachment.too_many_parts",
        ErrorKind.Conflict,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The upload has {AttachmentPolicy.PartsMax} parts. Cancel it, and upload larger parts."))
    {
        Details = new Dictionary<string, object?> { ["max"] = AttachmentPolicy.PartsMax },
    };

    public static readonly DomainError InvalidStorageLimit = new(
        "attachment.invalid_storage_limit",
        ErrorKind.Invalid,
        string.Create(
            CultureInfo.InvariantCulture, $"bytesLimit is 0 to {StorageAllowance.BytesLimitMax}, or null for the general limit."));

    /// <summary>The attachment is still being uploaded or was rejected, so it cannot be sent or become an avatar.</summary>
    public static readonly DomainError NotReady =
        new("attachment.not_ready", ErrorKind.Conflict, "The attachment is not uploaded completely, or was rejected. Nothing was changed.");

    public static readonly DomainError AlreadySent =
        new("attachment.already_sent", ErrorKind.Conflict, "The attachment was already sent with another message. Upload it again.");

    /// <summary>Pictures of messages do not become avatars: they belong to a conversation, and end with their message.</summary>
    public static readonly DomainError NotAvatar = new(
        "attachment.not_avatar", ErrorKind.Invalid, "Only an upload of the kind avatar can become an avatar. Upload the picture as one.");

    /// <summary>The attachment is the current avatar of its uploader, which is replaced or removed instead.</summary>
    public static readonly DomainError InUse = new(
        "attachment.in_use", ErrorKind.Conflict, "This is your avatar. Replace it or remove it as your avatar instead.");

    /// <summary>The bytes are not what the kind of the attachment says.</summary>
    public static readonly DomainError ContentMismatch = new(
        "attachment.content_mismatch",
        ErrorKind.Unprocessable,
        "The content is damaged, or is not of the kind that was stated. Upload it as a file instead.");

    public static readonly DomainError ImageTooLarge = new(
        "attachment.image_too_large",
        ErrorKind.Unprocessable,
        "The image has too many pixels or frames, or needs too many bytes or too much time. Upload a smaller one, or upload it as a file.");

    public static readonly DomainError Infected =
        new("attachment.infected", ErrorKind.Unprocessable, "A virus was found in the content.");

    /// <summary>The errors that reject the content of an upload for good.</summary>
    public static readonly IReadOnlyList<DomainError> Rejections = [ContentMismatch, ImageTooLarge, Infected];

    /// <param name="maxBytes">The maximum size of this kind, or the size that the upload was announced with.</param>
    public static DomainError TooLarge(long maxBytes) => new(
        "attachment.too_large",
        ErrorKind.TooLarge,
        string.Create(CultureInfo.InvariantCulture, $"This upload can have at most {maxBytes} bytes."))
    {
        Details = new Dictionary<string, object?> { ["maxBytes"] = maxBytes },
    };

    /// <param name="extension">The extension of the name, which is not accepted.</param>
    public static DomainError TypeRejected(string extension) =>
        new("attachment.type_refused", ErrorKind.Invalid, "Files with this extension are not accepted.")
        {
            Details = new Dictionary<string, object?> { ["extension"] = extension },
        };

    public static DomainError StorageFull(long bytesUsed, long bytesLimit) =>
        new("attachment.storage_full", ErrorKind.Conflict, "You do not have enough storage left for this attachment.")
        {
            Details = new Dictionary<string, object?> { ["bytesUsed"] = bytesUsed, ["bytesLimit"] = bytesLimit },
        };

    /// <param name="max">How many uploads a user can begin in 24 hours.</param>
    /// <param name="resetsAt">When the user can begin the next upload.</param>
    public static DomainError TooManyUploadsToday(int max, DateTimeOffset resetsAt) => new(
        "attachment.too_many_uploads_today",
        ErrorKind.Conflict,
        string.Create(CultureInfo.InvariantCulture, $"You have begun {max} uploads in 24 hours. Begin the next one later."))
    {
        Details = new Dictionary<string, object?> { ["max"] = max, ["resetsAt"] = resetsAt },
    };

    /// <param name="offset">The number of bytes that the server has, where the upload continues.</param>
    public static DomainError OffsetMismatch(long offset) =>
        new("attachment.offset_mismatch", ErrorKind.Conflict, "The upload continues at another offset.")
        {
            Details = new Dictionary<string, object?> { ["offset"] = offset },
        };

    public static DomainError Incomplete(long offset, long bytes) =>
        new("attachment.incomplete", ErrorKind.Conflict, "Not all bytes of the attachment were uploaded yet.")
        {
            Details = new Dictionary<string, object?> { ["offset"] = offset, ["bytes"] = bytes },
        };
}
