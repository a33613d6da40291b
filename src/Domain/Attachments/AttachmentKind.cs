namespace CleanMessaging.Domain.Attachments;

/// <summary>What an attachment is, which determines how its bytes are inspected, stored and served.</summary>
public enum AttachmentKind : short
{
    /// <summary>Any file, stored byte for byte and only served as a download.</summary>
    File = 0,

    /// <summary>A picture, re-encoded without metadata, with a thumbnail.</summary>
    Image = 1,

    /// <summary>A voice recording.</summary>
    Voice = 2,

    /// <summary>A picture of the uploader, converted to a small square. It belongs to no conversation, and cannot be sent.</summary>
    Avatar = 3,
}
