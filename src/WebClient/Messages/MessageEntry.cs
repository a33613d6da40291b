using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>A message in the log: a message from the server, or an unsent one.</summary>
/// <param name="Key">A key that does not change when the message is sent: the client message id if there is one.</param>
/// <param name="Day">The number of the calendar day in the user's time zone.</param>
/// <param name="ExpirationHours">For an unsent message: the hours after which it will expire.</param>
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
    QueuedMessage? Unsent = null)
{
    public static MessageEntry Of(Message message, bool isOwn, bool isRead, int day) => new(
        message.ClientMessageId is { } own && isOwn ? own : message.Id,
        isOwn,
        message.Content ?? "",
        message.CreatedAt,
        day,
        isOwn ? isRead ? MessageState.Read : MessageState.Sent : MessageState.Received,
        message.ExpiresAt,
        Sequence: message.Sequence);

    public static MessageEntry Of(QueuedMessage unsent, bool isOnline, int day) => new(
        unsent.ClientMessageId,
        IsOwn: true,
        unsent.Content,
        unsent.QueuedAt,
        day,
        unsent.Failure is not null ? MessageState.Failed : isOnline ? MessageState.Sending : MessageState.Waiting,
        ExpirationHours: unsent.ExpirationHours,
        Unsent: unsent);
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

    /// <summary>Rejected by the server. The user can send it again.</summary>
    Failed,
}
