using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>An edit or a deletion in the send queue.</summary>
/// <param name="MessageId">The message to edit or delete.</param>
/// <param name="Version">The version of the message that the user has edited or deleted.</param>
/// <param name="Content">The new text; null for a deletion for everyone.</param>
public sealed record QueuedChange(
    Guid MessageId, int Version, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content)
{
    /// <summary>Whether the change deletes the message for everyone.</summary>
    [JsonIgnore]
    public bool IsDeletion => Content is null;
}
