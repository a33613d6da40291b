using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>The rules of a server for changes of messages and for reactions. The server enforces them.</summary>
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
        && (AllowedReactions is null) == (other.AllowedReactions is null)
        && (AllowedReactions ?? []).SequenceEqual(other.AllowedReactions ?? []);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(EditWindowSeconds, EditsMax, EditHistoryVisible, DeleteWindowSeconds);
}
