using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>
/// The tombstone of a message that was deleted for everyone. It has no text. The server returns it until the message would have expired.
/// </summary>
/// <param name="Sequence">The sequence that the message had. It is not used again.</param>
/// <param name="Revision">The conversation's revision of the deletion.</param>
public sealed record DeletedMessage(Guid MessageId, long Sequence, long Revision, DateTimeOffset DeletedAt, MessageDeleter By);

/// <summary>Who deleted a message for everyone.</summary>
public enum MessageDeleter
{
    /// <summary>The user who sent it.</summary>
    [JsonStringEnumMemberName("sender")]
    Sender,

    /// <summary>An Admin of the server.</summary>
    [JsonStringEnumMemberName("moderator")]
    Moderator,
}
