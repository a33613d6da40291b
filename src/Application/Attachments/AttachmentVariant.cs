namespace CleanMessaging.Application.Attachments;

/// <summary>Which bytes of an attachment.</summary>
public enum AttachmentVariant : byte
{
    Original = 0,

    /// <summary>The small picture of an image.</summary>
    Thumbnail = 1,
}

/// <summary>The names of the variants in requests.</summary>
public static class AttachmentVariantName
{
    public const string Original = "original";
    public const string Thumbnail = "thumbnail";

    public static string Of(AttachmentVariant variant) => variant == AttachmentVariant.Thumbnail ? Thumbnail : Original;

    /// <summary>Returns the variant with a name; null if there is none.</summary>
    public static AttachmentVariant? Find(string name) => name switch
    {
        Original => AttachmentVariant.Original,
        Thumbnail => AttachmentVariant.Thumbnail,
        _ => null,
    };
}
