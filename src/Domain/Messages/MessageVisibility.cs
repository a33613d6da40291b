using System.Linq.Expressions;
using CleanMessaging.Domain.Conversations;

namespace CleanMessaging.Domain.Messages;

/// <summary>
/// Which messages a viewer sees at an instant. The server decides with this rule; the database function <c>is_visible</c> is its form for
/// statements that are written by hand, and a test compares both for random messages. The functions that look for the newest or the oldest
/// visible message also select by the time of expiry, to use its index. The typed client has the rule once more
/// (<c>Message.IsVisibleAt</c>), because it references none of the server's projects.
/// </summary>
public static class MessageVisibility
{
    /// <summary>
    /// A message is visible if it is not deleted, and never expires or expires later. At <see cref="Message.ExpiresAt"/> itself it is no
    /// longer visible.
    /// </summary>
    private static readonly Expression<Func<Message, DateTimeOffset, bool>> _rule =
        (message, now) => message.DeletedAt == null && (message.ExpiresAt == null || message.ExpiresAt > now);

    private static readonly Func<Message, DateTimeOffset, bool> _compiled = _rule.Compile();

    /// <summary>Whether participants who have neither hidden nor cleared this message see it at an instant.</summary>
    public static bool IsVisible(this Message message, DateTimeOffset now) => _compiled(message, now);

    /// <summary>Whether these participants see at an instant that the message was deleted; at its expiry no longer.</summary>
    public static bool IsTombstone(this Message message, DateTimeOffset now) => message.DeletedAt is not null && !message.HasExpired(now);

    /// <summary>Whether a message has expired at an instant: no one sees it or its tombstone.</summary>
    public static bool HasExpired(this Message message, DateTimeOffset now) => message.ExpiresAt <= now;

    /// <inheritdoc cref="HasExpired(Message, DateTimeOffset)"/>
    public static bool HasExpired(this MessageSent message, DateTimeOffset now) => message.ExpiresAt <= now;

    /// <summary>
    /// Returns the messages that are neither deleted nor expired at an instant, regardless of what a participant has hidden or cleared.
    /// </summary>
    public static IQueryable<Message> VisibleAt(this IQueryable<Message> messages, DateTimeOffset now)
    {
        var message = Expression.Parameter(typeof(Message), "message");

        // A lambda that returns the variable, so that a query gets the value as a parameter and not as a constant.
        Expression<Func<DateTimeOffset>> instant = () => now;

        return messages.Where(Expression.Lambda<Func<Message, bool>>(Expression.Invoke(_rule, message, instant.Body), message));
    }

    /// <summary>
    /// Returns the messages that a viewer sees at an instant: visible ones of the viewer's conversations that the viewer has neither hidden
    /// nor cleared.
    /// </summary>
    /// <param name="participants">The participants of the conversations, the viewer included.</param>
    /// <param name="hidden">The messages that participants have hidden.</param>
    public static IQueryable<Message> VisibleTo(
        this IQueryable<Message> messages,
        Guid viewerId,
        DateTimeOffset now,
        IQueryable<Participant> participants,
        IQueryable<HiddenMessage> hidden) => messages
        .VisibleAt(now)
        .Where(one => participants.Any(participant =>
            participant.ConversationId == one.ConversationId
            && participant.UserId == viewerId
            && participant.ClearedThrough < one.Sequence))
        .Where(one => !hidden.Any(mark =>
            mark.ConversationId == one.ConversationId && mark.UserId == viewerId && mark.Sequence == one.Sequence));
}
