using CleanMessaging.Client;
using CleanMessaging.WebClient.Voice;

namespace CleanMessaging.WebClient.Messages;

/// <summary>A row in the log: a message from the server, an unsent one, or a deleted one.</summary>
/// <param name="Key">A key that does not change when the message is sent: the client message id if there is one.</param>
/// <param name="Day">The number of the calendar day in the user's time zone.</param>
/// <param name="ExpirationHours">For an unsent message: the hours after which it will expire.</param>
/// <param name="Quote">For a reply: the message that it refers to, as it is now.</param>
public sealed record MessageEntry(
    Guid Key,
    bool IsOwn,
    string Content,
    DateTimeOffset At,
    int Day,
    MessageState State,
    DateTimeOffset? ExpiresAt = null,
    int? ExpirationHours = null,
    long Sequence = 0,
    QueuedMessage? Unsent = null,
    DateTimeOffset? EditedAt = null,
    MessageQuote? Quote = null)
{
    /// <summary>The reactions, in the order of their times.</summary>
    public IReadOnlyList<ReactionChip> Reactions { get; init; } = [];

    /// <summary>The files of the message, in the order of the sender.</summary>
    public IReadOnlyList<MessageAttachment> Attachments { get; init; } = [];

    /// <summary>The message, if it is a voice message that was sent; null otherwise.</summary>
    public VoiceMessage? Voice { get; init; }

    /// <param name="change">The user's change of the message that the server does not have yet.</param>
    public static MessageEntry Of(Message message, bool isOwn, bool isRead, int day, QueuedChange? change, MessageQuote? quote) => new(
        message.ClientMessageId is { } own && isOwn ? own : message.Id,
        isOwn,
        change?.Content ?? message.Content ?? "",
        message.CreatedAt,
        day,
        change is not null ? change.IsDeletion ? MessageState.Deleting : MessageState.Saving
            : isOwn ? isRead ? MessageState.Read : MessageState.Sent : MessageState.Received,
        message.ExpiresAt,
        Sequence: message.Sequence,
        EditedAt: message.EditedAt,
        Quote: quote)
    {
        Attachments = message.Attachments,
        Voice = message.Attachments is [{ Kind: AttachmentKind.Voice }] ? VoiceMessage.Of(message, isOwn) : null,
    };

    /// <param name="neighbor">
    /// A row before or after it. The time of the deleted message is not known; the row belongs to the day of its neighbor.
    /// </param>
    public static MessageEntry Of(DeletedMessage deleted, MessageEntry? neighbor, int day) => new(
        deleted.MessageId,
        IsOwn: false,
        deleted.IsByModerator ? "Message deleted by an administrator" : "Message deleted",
        neighbor?.At ?? deleted.DeletedAt,
        neighbor?.Day ?? day,
        MessageState.Deleted,
        Sequence: deleted.Sequence);

    public static MessageEntry Of(QueuedMessage unsent, bool isOnline, int day, MessageQuote? quote) => new(
        unsent.ClientMessageId,
        IsOwn: true,
        unsent.Content,
        unsent.QueuedAt,
        day,
        unsent.Failure is not null ? MessageState.Failed : isOnline ? MessageState.Sending : MessageState.Waiting,
        ExpirationHours: unsent.ExpirationHours,
        Unsent: unsent,
        Quote: quote)
    {
        Attachments = unsent.Attachments,
    };
}

/// <summary>The delivery state of a message.</summary>
public enum MessageState
{
    /// <summary>Received from the other participant.</summary>
    Received,

    /// <summary>Waiting for a connection.</summary>
    Waiting,

    Sending,

    /// <summary>Accepted by the server.</summary>
    Sent,

    /// <summary>Read by the other participant.</summary>
    Read,

    /// <summary>The user has edited it, and the server does not have the new text yet.</summary>
    Saving,

    /// <summary>The user has deleted it, and the server has not deleted it yet.</summary>
    Deleting,

    /// <summary>Deleted for everyone: a line in place of the message.</summary>
    Deleted,

    /// <summary>Rejected by the server. The user can send it again.</summary>
    Failed,
}
