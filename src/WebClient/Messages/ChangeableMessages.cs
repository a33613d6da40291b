using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Messages;

/// <summary>Finds the messages that a user can change.</summary>
internal static class ChangeableMessages
{
    /// <summary>Whether a message is the user's own, still visible and recent enough, and is not being deleted.</summary>
    public static bool IsChangeable(
        this ConversationTimeline timeline, Message message, TimeSpan window, Guid userId, DateTimeOffset now) =>
        message.SenderId == userId
        && now < message.CreatedAt + window
        && message.IsVisibleAt(now)
        && !timeline.UnsentChanges.Any(
            queued => queued is { Failure: null, Change.IsDeletion: true } && queued.Change.MessageId == message.Id);

    /// <summary>Whether a user can still edit a message by the server's rules.</summary>
    public static bool IsEditable(
        this ConversationTimeline timeline, Message message, MessageRules rules, Guid userId, DateTimeOffset now) =>
        message.Version < rules.EditsMax && timeline.IsChangeable(message, rules.EditWindow, userId, now);

    /// <summary>Whether a message in the send queue can still be changed: the server cannot have it.</summary>
    public static bool IsChangeable(this QueuedMessage unsent) => unsent is { NeverAttempted: true, Failure: null };

    /// <summary>Starts an edit of the user's last message, sent or not; returns null if it can no longer be edited.</summary>
    public static MessageEdit? EditOfLast(this ConversationTimeline timeline, MessageRules rules, Guid userId, DateTimeOffset now)
    {
        if (timeline.Unsent is [.., var unsent])
            return unsent.IsChangeable() ? MessageEdit.Of(unsent) : null;

        return timeline is { HasLater: false }
            && timeline.Messages.LastOrDefault(message => message.SenderId == userId) is { } last
            && timeline.IsEditable(last, rules, userId, now)
            ? MessageEdit.Of(last, timeline.UnsentChanges)
            : null;
    }
}
