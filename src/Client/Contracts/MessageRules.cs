using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>The rules of a server for changes of messages, reactions and attachments. The server enforces them.</summary>
/// <param name="EditWindowSeconds">How long after the send the sender can edit a message, in seconds; 0 for never.</param>
/// <param name="EditsMax">The maximum number of edits of one message.</param>
/// <param name="EditHistoryVisible">Whether the participants see the earlier texts of edited messages.</param>
/// <param name="DeleteWindowSeconds">
/// How long after the send the sender can delete a message for everyone, in seconds; 0 for never.
/// </param>
/// <param name="AllowedReactions">The emoji that users can react with; null for any emoji.</param>
public sealed record MessageRules(
    int EditWindowSeconds, int EditsMax, bool EditHistoryVisible, int DeleteWindowSeconds, IReadOnlyList<string>? AllowedReactions)
{
    /// <summary>The rules of a server without settings of its own.</summary>
    public static readonly MessageRules Default = new(15 * 60, 10, EditHistoryVisible: true, 48 * 60 * 60, AllowedReactions: null);

    /// <summary>Whether messages can have attachments, and how large they can be.</summary>
    public AttachmentRules Attachments
    {
        // A server of an earlier version does not send it, and the source generator sets null then.
        get => field ?? AttachmentRules.Default;
        init;
    }

    /// <summary>How long after the send the sender can edit a message; zero for never.</summary>
    [JsonIgnore]
    public TimeSpan EditWindow => TimeSpan.FromSeconds(EditWindowSeconds);

    /// <summary>How long after the send the sender can delete a message for everyone; zero for never.</summary>
    [JsonIgnore]
    public TimeSpan DeleteWindow => TimeSpan.FromSeconds(DeleteWindowSeconds);

    /// <summary>Whether both have the same values.</summary>
    public bool Equals(MessageRules? other) =>
        other is not null
        && (EditWindowSeconds, EditsMax, EditHistoryVisible, DeleteWindowSeconds)
            == (other.EditWindowSeconds, other.EditsMax, other.EditHistoryVisible, other.DeleteWindowSeconds)
        && Attachments == other.Attachments
        && (AllowedReactions is null) == (other.AllowedReactions is null)
        && (AllowedReactions ?? []).SequenceEqual(other.AllowedReactions ?? []);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(EditWindowSeconds, EditsMax, EditHistoryVisible, DeleteWindowSeconds);
}

/// <summary>The rules of a server for attachments.</summary>
/// <param name="IsAvailable">Whether the server accepts attachments. If not, <see cref="AttachmentsClient"/> fails.</param>
/// <param name="MaxBytes">The maximum size of an attachment in bytes. A voice message has at most 10 MiB.</param>
public sealed record AttachmentRules(bool IsAvailable, long MaxBytes)
{
    /// <summary>The rules of a server that does not say them: it may accept attachments of the default size.</summary>
    public static readonly AttachmentRules Default = new(IsAvailable: true, 25 * 1024 * 1024);
}
