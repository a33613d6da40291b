namespace CleanMessaging.Client;

/// <summary>Addresses under which a browser or a media player can load a file without an access token, for some minutes.</summary>
/// <param name="Url">The address of the original: absolute, or relative to the server's address.</param>
/// <param name="ThumbnailUrl">The address of the thumbnail of an image; null for other files.</param>
/// <param name="ExpiresAt">When the addresses stop working, by the server's clock. They are secrets until then.</param>
public sealed record AttachmentLink(Guid AttachmentId, string Url, string? ThumbnailUrl, DateTimeOffset ExpiresAt)
{
    /// <summary>Returns the type's name only: the addresses give access to the file.</summary>
    public override string ToString() => nameof(AttachmentLink);
}

/// <summary>A file of a conversation, with the message that it belongs to.</summary>
/// <param name="Sequence">The sequence of the message.</param>
/// <param name="CreatedAt">When the message was sent.</param>
/// <param name="ExpiresAt">When the message expires; null for never.</param>
public sealed record ConversationAttachment(
    Guid MessageId, long Sequence, Guid SenderId, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, MessageAttachment Attachment)
{
    /// <summary>Whether the message has expired at an instant. At <see cref="ExpiresAt"/> itself it has.</summary>
    public bool HasExpired(DateTimeOffset now) => ExpiresAt <= now;
}

/// <summary>The space that a user's files take on the server.</summary>
/// <param name="BytesUsed">The space of all files, including those that are being uploaded.</param>
/// <param name="BytesLimit">The space that the user may take.</param>
public sealed record StorageUsage(long BytesUsed, long BytesLimit);

/// <summary>The form of an image to load.</summary>
public enum AttachmentVariant
{
    /// <summary>The whole file.</summary>
    Original,

    /// <summary>A smaller image of at most 800 pixels, without animation. Only images have one.</summary>
    Thumbnail,
}
