using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Application.Attachments;

/// <summary>The names of the kinds of attachments in requests and responses.</summary>
public static class AttachmentKindName
{
    public const string File = "file";
    public const string Image = "image";
    public const string Voice = "voice";
    public const string Avatar = "avatar";

    /// <summary>The kinds of the attachments of messages.</summary>
    public static readonly IReadOnlyList<string> OfMessages = [File, Image, Voice];

    /// <summary>The kinds that can be uploaded.</summary>
    public static readonly IReadOnlyList<string> All = [.. OfMessages, Avatar];

    public static string Of(AttachmentKind kind) => kind switch
    {
        AttachmentKind.Image => Image,
        AttachmentKind.Voice => Voice,
        AttachmentKind.Avatar => Avatar,
        _ => File,
    };

    /// <summary>Returns the kind with a name; null if there is none.</summary>
    public static AttachmentKind? Find(string name) => name switch
    {
        File => AttachmentKind.File,
        Image => AttachmentKind.Image,
        Voice => AttachmentKind.Voice,
        Avatar => AttachmentKind.Avatar,
        _ => null,
    };

    /// <summary>Returns the kind of attachments of messages with a name; null if there is none.</summary>
    public static AttachmentKind? FindOfMessages(string name) => OfMessages.Contains(name) ? Find(name) : null;
}
