using System.Text.Json.Serialization;
using CleanMessaging.Domain.Attachments;

namespace CleanMessaging.Application.Attachments;

/// <summary>An upload as its uploader sees it.</summary>
/// <param name="Id">The id of the upload, and of the attachment that it becomes.</param>
/// <param name="ConversationId">The conversation of the attachment; null for an avatar.</param>
/// <param name="Bytes">The number of bytes that the client announced.</param>
/// <param name="Offset">The number of bytes that the server has, where the upload continues.</param>
/// <param name="ChunkBytes">The maximum number of bytes of one part.</param>
/// <param name="State"><c>receiving</c>, <c>ready</c> or <c>refused</c>.</param>
/// <param name="Rejection">The error code of a rejected upload; null for others.</param>
/// <param name="BindBefore">
/// The instant before which the attachment must be sent, or must become the avatar. Then it is removed. Null once it is sent, or is the
/// avatar.
/// </param>
/// <param name="Attachment">The attachment; null until it is ready.</param>
public sealed record UploadResponse(
    Guid Id,
    Guid ClientUploadId,
    Guid? ConversationId,
    string Kind,
    string Name,
    long Bytes,
    long Offset,
    long ChunkBytes,
    string State,
    [property: JsonPropertyName("refusal")] string? Rejection,
    DateTimeOffset? BindBefore,
    AttachmentResponse? Attachment)
{
    /// <summary>The values of <see cref="State"/>.</summary>
    public static readonly IReadOnlyList<string> States = [.. Enum.GetValues<AttachmentState>().Select(NameOf)];

    internal static UploadResponse Of(Attachment attachment) => new(
        attachment.Id,
        attachment.ClientUploadId,
        attachment.ConversationId,
        AttachmentKindName.Of(attachment.Kind),
        attachment.Name,
        attachment.DeclaredBytes,
        attachment.ReceivedBytes,
        AttachmentPolicy.ChunkBytes,
        NameOf(attachment.State),
        attachment.RejectionCode,
        attachment.MessageId is null ? attachment.RemoveAt : null,
        attachment.State == AttachmentState.Ready ? AttachmentResponse.Of(attachment) : null);

    private static string NameOf(AttachmentState state) => state switch
    {
        AttachmentState.Ready => "ready",
        AttachmentState.Rejected => "refused",
        _ => "receiving",
    };

    /// <summary>Returns the id without the name, so that it does not reach a log.</summary>
    public override string ToString() => $"{nameof(UploadResponse)} {Id}";
}
