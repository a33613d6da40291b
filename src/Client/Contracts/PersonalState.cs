using System.Text.Json.Serialization;

namespace CleanMessaging.Client;

/// <summary>What the user has done with a conversation for themselves. The other participant never sees it.</summary>
/// <param name="Revision">Increases by one with every change of this state, and with every change of the hidden messages.</param>
/// <param name="Archived">Whether the conversation is in the archive. A new message moves it back, unless it is archived forever.</param>
/// <param name="ArchivedForever">Whether the conversation stays in the archive when messages arrive.</param>
/// <param name="Deleted">Whether the user has deleted the conversation, and no message has brought it back.</param>
/// <param name="PinnedAt">When the user pinned the conversation; null if it is not pinned.</param>
/// <param name="MutedUntil">Until when the conversation is muted, in the year 9999 if forever; null if it was not muted.</param>
/// <param name="ClearedThrough">The user no longer sees messages up to and including this sequence.</param>
public sealed record PersonalState(
    long Revision,
    bool Archived,
    bool ArchivedForever,
    bool Deleted,
    DateTimeOffset? PinnedAt,
    DateTimeOffset? MutedUntil,
    long ClearedThrough)
{
    /// <summary>The state of a conversation with which the user has done nothing of this.</summary>
    public static readonly PersonalState None = new(0, false, false, false, null, null, 0);

    private static readonly DateTimeOffset _forever = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether the server has sent the state. A server of an earlier version does not.</summary>
    [JsonIgnore]
    public bool IsKnown => !ReferenceEquals(this, None);

    /// <summary>Whether the mute has no end.</summary>
    [JsonIgnore]
    public bool IsMutedForever => MutedUntil >= _forever;

    /// <summary>Whether the conversation is muted at an instant.</summary>
    public bool IsMutedAt(DateTimeOffset now) => MutedUntil > now;

    /// <summary>Whether the user wants no notifications of the conversation: it is muted, or archived forever.</summary>
    public bool IsQuietAt(DateTimeOffset now) => IsMutedAt(now) || ArchivedForever;
}

/// <summary>Which conversations a list contains.</summary>
public enum ConversationFilter
{
    /// <summary>Those that are not archived.</summary>
    Inbox,

    /// <summary>The pinned ones, at most 10.</summary>
    Pinned,

    /// <summary>The archived ones.</summary>
    Archived,

    /// <summary>All except deleted ones.</summary>
    All,
}

/// <summary>The result of hiding messages.</summary>
/// <param name="Hidden">How many messages became hidden; 0 for a repetition.</param>
/// <param name="PersonalRevision">The user's personal revision of the conversation.</param>
public sealed record HiddenMessages(int Hidden, long PersonalRevision);
