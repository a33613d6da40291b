using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>A file of a message. Its bytes are visible as long as the message is.</summary>
/// <param name="Name">The file name that the sender gave it.</param>
/// <param name="Description">The sender's description, for example for users who cannot see an image; null if there is none.</param>
/// <param name="ContentType">The media type of the bytes, as the server has recognized it.</param>
/// <param name="Bytes">The size of the original in bytes.</param>
/// <param name="Width">The width of an image in pixels; null for other files.</param>
/// <param name="Height">The height of an image in pixels; null for other files.</param>
/// <param name="Blurhash">A blurred form of an image in a few characters, to show while it loads; null for other files.</param>
/// <param name="DurationMs">The length of a voice message in milliseconds; null for other files.</param>
/// <param name="Waveform">The loudness of a voice message over its length, each value 0 to 100; null for other files.</param>
public sealed record MessageAttachment(
    Guid Id,
    AttachmentKind Kind,
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Description,
    string ContentType,
    long Bytes,
    int? Width = null,
    int? Height = null,
    string? Blurhash = null,
    int? DurationMs = null,
    IReadOnlyList<int>? Waveform = null)
{
    private readonly ValueList<int>? _waveform = Waveform is null ? null : new ValueList<int>(Waveform);

    /// <summary>The loudness of a voice message over its length, each value 0 to 100; null for other files.</summary>
    public IReadOnlyList<int>? Waveform
    {
        get => _waveform?.Items;
        init => _waveform = value is null ? null : new ValueList<int>(value);
    }
}

/// <summary>What a file is, which decides how it is stored and shown.</summary>
public enum AttachmentKind
{
    /// <summary>Any file. It is kept byte for byte, and can only be downloaded.</summary>
    [JsonStringEnumMemberName("file")]
    File,

    /// <summary>A JPEG, PNG, WebP or GIF image. The server removes its metadata, such as where a photo was taken.</summary>
    [JsonStringEnumMemberName("image")]
    Image,

    /// <summary>A voice message.</summary>
    [JsonStringEnumMemberName("voice")]
    Voice,

    /// <summary>The user's own picture, an image that the server cuts to a small square. It cannot be sent with a message.</summary>
    [JsonStringEnumMemberName("avatar")]
    Avatar,
}
