using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>The upload of a file, which becomes an attachment.</summary>
/// <param name="ClientUploadId">The id that the client gave the upload.</param>
/// <param name="ConversationId">The conversation of the attachment; null for an avatar.</param>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Offset">How many bytes the server has. The upload continues there.</param>
/// <param name="ChunkBytes">The maximum number of bytes of one request.</param>
/// <param name="Rejection">Why the server rejected the file for good, as an error code; null if it did not.</param>
/// <param name="BindBefore">
/// When the server deletes the file unless a message was sent with it or it is the avatar, by the server's clock; null if so.
/// </param>
/// <param name="Attachment">The attachment to send; null until the upload is completed.</param>
public sealed record Upload(
    Guid Id,
    Guid ClientUploadId,
    Guid? ConversationId,
    AttachmentKind Kind,
    string Name,
    long Bytes,
    long Offset,
    long ChunkBytes,
    UploadState State,
    [property: JsonPropertyName("refusal")] string? Rejection = null,
    DateTimeOffset? BindBefore = null,
    MessageAttachment? Attachment = null);

/// <summary>The state of an upload.</summary>
public enum UploadState
{
    /// <summary>The server waits for bytes, or for the request to complete the upload.</summary>
    [JsonStringEnumMemberName("receiving")]
    Receiving,

    /// <summary>The file can be sent with a message.</summary>
    [JsonStringEnumMemberName("ready")]
    Ready,

    /// <summary>The server rejected the file, for example because it contains a virus.</summary>
    [JsonStringEnumMemberName("refused")]
    Rejected,
}

/// <summary>A file to upload.</summary>
/// <param name="ConversationId">The conversation in which it will be sent; null for an avatar.</param>
/// <param name="Name">The file name: 1 to 200 characters (Unicode code points), without slashes and control characters.</param>
/// <param name="Bytes">The size of the file, 1 or more.</param>
/// <param name="Description">A description, for example for users who cannot see an image: at most 500 characters; null for none.</param>
/// <param name="Voice">The length and the waveform of a voice message; null for other files.</param>
public sealed record NewUpload(
    Guid? ConversationId, AttachmentKind Kind, string Name, long Bytes, string? Description = null, VoiceDetails? Voice = null)
{
    /// <summary>
    /// The client's id for the upload. With the same id, an interrupted upload continues where it was interrupted, also in another process.
    /// </summary>
    public Guid ClientUploadId { get; init; } = Guid.CreateVersion7();

    /// <summary>Returns a picture to upload as the user's avatar.</summary>
    /// <param name="name">The file name.</param>
    public static NewUpload OfAvatar(string name, long bytes) => new(ConversationId: null, AttachmentKind.Avatar, name, bytes);
}

/// <summary>What the sender's client knows about a voice message.</summary>
/// <param name="DurationMs">The length in milliseconds, 300 to 600,000.</param>
/// <param name="Waveform">The loudness over the length: 1 to 100 values, each 0 to 100.</param>
public sealed record VoiceDetails(int DurationMs, IReadOnlyList<int> Waveform);

/// <summary>The progress of an upload.</summary>
/// <param name="BytesSent">How many bytes the server has.</param>
/// <param name="IsComplete">Whether the server has all bytes and examines the file.</param>
/// <param name="Interruption">Why no bytes are sent now; null while they are. The upload continues by itself.</param>
/// <param name="UploadId">The upload on the server; null until it has begun.</param>
public sealed record UploadProgress(
    long BytesSent, bool IsComplete = false, MessagingException? Interruption = null, Guid? UploadId = null);
