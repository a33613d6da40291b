using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>A message as it stands in the log, whether the server has it or not.</summary>
/// <param name="Key">The same on its way and after it: the client's own name for it where there is one.</param>
/// <param name="Day">The number of the calendar day of the user's.</param>
/// <param name="ExpirationHours">Of one on its way: after how many hours it will disappear.</param>
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
    OutboxMessage? Unsent = null)
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

    public static MessageEntry Of(OutboxMessage unsent, bool isOnline, int day) => new(
        unsent.ClientMessageId,
        IsOwn: true,
        unsent.Content,
        unsent.QueuedAt,
        day,
        unsent.Failure is not null ? MessageState.Failed : isOnline ? MessageState.Sending : MessageState.Waiting,
        ExpirationHours: unsent.ExpirationHours,
        Unsent: unsent);
}

/// <summary>How far a message has come.</summary>
public enum MessageState
{
    /// <summary>From the other participant.</summary>
    Received,

    /// <summary>Kept until there is a connection.</summary>
    Waiting,

    Sending,

    /// <summary>The server has it.</summary>
    Sent,

    /// <summary>The other participant has read it.</summary>
    Read,

    /// <summary>Rejected for good, unless the user tries again.</summary>
    Failed,
}
