using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Attachments;

/// <summary>Describes messages and files in words, where the files themselves are not shown.</summary>
internal static class AttachmentText
{
    /// <summary>Returns the text of a message, or what it consists of if it has no text.</summary>
    public static string Of(Message message) => Of(message.Content, message.Attachments);

    /// <inheritdoc cref="Of(Message)"/>
    public static string Of(QueuedMessage message) => Of(message.Content, message.Attachments);

    /// <inheritdoc cref="Of(Message)"/>
    public static string Of(string? content, IReadOnlyList<MessageAttachment> attachments) =>
        string.IsNullOrWhiteSpace(content) ? Summary(attachments) : content;

    /// <summary>Returns the description of a picture for users who cannot see it.</summary>
    public static string AlternativeOf(MessageAttachment attachment) => attachment.Description ?? attachment.Name;

    /// <summary>0:07, 12:30</summary>
    public static string Duration(TimeSpan duration) => $"{(int)duration.TotalMinutes}:{duration.Seconds:00}";

    private static string Summary(IReadOnlyList<MessageAttachment> attachments) => attachments switch
    {
        [] => "",
        [{ Kind: AttachmentKind.Image }] => "Picture",
        [{ Kind: AttachmentKind.Voice, DurationMs: var length }] =>
            $"Voice message, {Duration(TimeSpan.FromMilliseconds(length ?? 0))}",
        [var file] => $"File: {file.Name}",
        _ when attachments.All(attachment => attachment.Kind == AttachmentKind.Image) => $"{attachments.Count} pictures",
        _ => $"{attachments.Count} files",
    };
}
