using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Application.Attachments;

/// <summary>The names of the kinds of attachments in requests and responses.</summary>
public static class AttachmentKindName
{
    public const string File = "file";
    public const string Image = "image";
    public const string Voice = "voice";

    public static readonly IReadOnlyList<string> All = [File, Image, Voice];

    public static string Of(AttachmentKind kind) => kind switch
    {
        AttachmentKind.Image => Image,
        AttachmentKind.Voice => Voice,
        _ => File,
    };

    /// <summary>Returns the kind with a name; null if there is none.</summary>
    public static AttachmentKind? Find(string name) => name switch
    {
        File => AttachmentKind.File,
        Image => AttachmentKind.Image,
        Voice => AttachmentKind.Voice,
        _ => null,
    };
}
