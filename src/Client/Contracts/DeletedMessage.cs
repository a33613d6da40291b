using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>
/// The tombstone of a message that was deleted for everyone. It has no text. The server returns it until the message would have expired.
/// </summary>
/// <param name="Sequence">The sequence that the message had. It is not used again.</param>
/// <param name="Revision">The conversation's revision of the deletion.</param>
/// <param name="By">Who deleted the message: <c>sender</c> or <c>moderator</c>.</param>
/// <param name="ExpiresAt">When the tombstone expires; null if it never does, or if a server of a previous version does not say it.</param>
public sealed record DeletedMessage(
    Guid MessageId, long Sequence, long Revision, DateTimeOffset DeletedAt, string By, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Whether an Admin deleted the message, and not its sender.</summary>
    [JsonIgnore]
    public bool IsByModerator => By == "moderator";
}
