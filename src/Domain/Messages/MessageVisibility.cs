using System.Linq.Expressions;

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
    private static readonly Expression<Func<Message, Guid, DateTimeOffset, bool>> _rule =
        (message, viewerId, now) => message.DeletedAt == null && (message.ExpiresAt == null || message.ExpiresAt > now);

    private static readonly Func<Message, Guid, DateTimeOffset, bool> _compiled = _rule.Compile();

    /// <summary>Returns the rule for one viewer and instant, for use in queries.</summary>
    public static Expression<Func<Message, bool>> VisibleTo(Guid viewerId, DateTimeOffset now)
    {
        var message = Expression.Parameter(typeof(Message), "message");

        // Lambdas that return variables, so that a query gets both values as parameters and not as constants.
        Expression<Func<Guid>> viewer = () => viewerId;
        Expression<Func<DateTimeOffset>> instant = () => now;

        return Expression.Lambda<Func<Message, bool>>(Expression.Invoke(_rule, message, viewer.Body, instant.Body), message);
    }

    /// <summary>Whether a viewer sees this message at an instant.</summary>
    public static bool IsVisibleTo(this Message message, Guid viewerId, DateTimeOffset now) => _compiled(message, viewerId, now);
}
