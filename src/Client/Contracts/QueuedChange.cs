using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>An edit, a deletion or a reaction in the send queue.</summary>
/// <param name="MessageId">The message to edit, to delete or to react to.</param>
/// <param name="Version">The version of the message that the user has edited, deleted or reacted to.</param>
/// <param name="Content">The new text; null for a deletion for everyone, and empty for a reaction.</param>
/// <param name="Reaction">The reaction to set or to remove; null for an edit or a deletion.</param>
public sealed record QueuedChange(
    Guid MessageId,
    int Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content,
    QueuedReaction? Reaction = null)
{
    /// <summary>Whether the change deletes the message for everyone.</summary>
    [JsonIgnore]
    public bool IsDeletion => Content is null;

    /// <summary>Whether the change replaces the text of the message.</summary>
    [JsonIgnore]
    public bool IsEdit => !IsDeletion && Reaction is null;

    /// <summary>
    /// Returns a change that sets or removes the user's reaction. Its content is empty and not null: an earlier version of the client that
    /// shares the store would treat null as a deletion. It sends an empty text, which the server rejects.
    /// </summary>
    internal static QueuedChange OfReaction(Message message, string? emoji) =>
        new(message.Id, message.Version, Content: "", new QueuedReaction(emoji));

    /// <summary>
    /// Whether this newer change makes a queued change of the same message superfluous. An edit that was never attempted is replaced, so
    /// that several edits without a network are one edit for the server.
    /// </summary>
    internal bool Replaces(QueuedMessage queued) => queued.Change is { } earlier && (this switch
    {
        { IsDeletion: true } => true,
        { IsEdit: true } => earlier.Reaction is null && (queued.Failure is not null || (queued.NeverAttempted && earlier.IsEdit)),
        _ => earlier.Reaction is not null,
    });
}

/// <summary>A reaction in the send queue.</summary>
/// <param name="Emoji">The emoji to set; null to remove the reaction.</param>
public sealed record QueuedReaction([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Emoji);
