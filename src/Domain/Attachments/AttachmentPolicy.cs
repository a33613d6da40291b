using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Domain.Attachments;

/// <summary>Which attachments the server accepts, and how long it keeps those that are removed.</summary>
/// <param name="MaxBytes">The maximum size of an attachment.</param>
/// <param name="UserBytes">How much each user can store, unless an Admin has set another limit for the user.</param>
/// <param name="RejectedExtensions">The extensions of names that are not accepted, in lower case, without the dot.</param>
/// <param name="KeepRemoved">
/// How long the bytes of expired and deleted messages are kept for audits. Zero destroys the key of a file with its message. Users cannot
/// read them in either case.
/// </param>
/// <param name="UploadsPerDay">
/// How many uploads each user can begin within <see cref="UploadDay"/>, those that are canceled or rejected included.
/// </param>
public sealed record AttachmentPolicy(
    long MaxBytes, long UserBytes, IReadOnlySet<string> RejectedExtensions, TimeSpan KeepRemoved, int UploadsPerDay)
{
    /// <summary>The maximum number of uploads of a user that are not complete.</summary>
    public const int OpenUploadsMax = 20;

    /// <summary>The maximum size of a part of an upload: 8 MiB.</summary>
    public const long ChunkBytes = 8 * 1024 * 1024;

    /// <summary>The maximum number of parts of an upload, those that broke off included.</summary>
    public const int PartsMax = 2_000;

    public const long DefaultMaxBytes = 25 * 1024 * 1024;
    public const long DefaultUserBytes = 1024 * 1024 * 1024;
    public const int DefaultUploadsPerDay = 1_000;

    /// <summary>
    /// The number of inspections of an upload that take too long, of which the last one rejects the content. Earlier ones can be caused by
    /// a busy machine.
    /// </summary>
    public const int InspectionTimeoutsMax = 3;

    /// <summary>
    /// The period in which <see cref="UploadsPerDay"/> counts uploads. It begins with the first upload, and the next one with the first
    /// upload after its end.
    /// </summary>
    public static readonly TimeSpan UploadDay = TimeSpan.FromHours(24);

    /// <summary>How long an attachment can be uploaded and sent.</summary>
    public static readonly TimeSpan UnsentLifetime = TimeSpan.FromHours(24);

    /// <summary>
    /// How long a stored object can be written and not used yet. Then it counts as left over, and is deleted. It is much longer than a part
    /// or an inspection may take.
    /// </summary>
    public static readonly TimeSpan UnusedObjectLifetime = TimeSpan.FromHours(1);

    /// <summary>Extensions of common files that Windows or macOS run, or that run others when they are opened.</summary>
    public static readonly IReadOnlySet<string> DefaultRejectedExtensions = new HashSet<string>(StringComparer.Ordinal)
    {
        "ade", "adp", "apk", "app", "appx", "bat", "cmd", "com", "cpl", "dll", "exe", "hta", "img", "ins", "iso", "jar", "js", "jse",
        "lnk", "mde", "msc", "msi", "msp", "msix", "pif", "ps1", "reg", "scr", "sct", "shb", "sys", "vb", "vbe", "vbs", "wsc", "wsf",
        "wsh", "xll",
    };

    /// <summary>
    /// 25 MiB for an attachment, 1 GiB and 1,000 uploads a day for a user; the bytes of removed attachments are not kept.
    /// </summary>
    public static readonly AttachmentPolicy Default =
        new(DefaultMaxBytes, DefaultUserBytes, DefaultRejectedExtensions, TimeSpan.Zero, DefaultUploadsPerDay);

    /// <summary>The maximum size of an attachment of a kind.</summary>
    public long MaxBytesOf(AttachmentKind kind) => kind == AttachmentKind.Voice ? Math.Min(VoiceNote.MaxBytes, MaxBytes) : MaxBytes;

    /// <summary>Verifies that the server accepts an attachment.</summary>
    /// <exception cref="DomainException"><c>attachment.too_large</c>, <c>attachment.type_refused</c></exception>
    internal void EnsureAccepted(AttachmentDraft draft)
    {
        var maxBytes = MaxBytesOf(draft.Kind);
        if (draft.Bytes > maxBytes)
            throw new DomainException(AttachmentErrors.TooLarge(maxBytes));

        if (RejectedExtensions.Contains(AttachmentName.ExtensionOf(draft.Name)))
            throw new DomainException(AttachmentErrors.TypeRejected(AttachmentName.ExtensionOf(draft.Name)));
    }
}
