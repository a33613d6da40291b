using CleanMessaging.Domain.Users;

namespace CleanMessaging.Domain.Conversations;

/// <summary>
/// Which users a viewer sees by name, and so which avatars: the viewer, the active users of the other role, the other participants of the
/// viewer's conversations, and for an Admin every user.
/// </summary>
public static class UserVisibility
{
    /// <summary>Returns the users whose name and avatar a viewer sees.</summary>
    /// <param name="conversations">All conversations.</param>
    public static IQueryable<User> SeenBy(this IQueryable<User> users, Guid viewerId, IQueryable<Conversation> conversations) => users
        .Where(user => user.Id == viewerId
            || users.Any(viewer => viewer.Id == viewerId
                && (viewer.Role == UserRole.Admin
                    || (user.DeactivatedAt == null && user.Role != viewer.Role && user.Role != UserRole.Admin)))
            || conversations.Any(conversation =>
                (conversation.PairLow == viewerId && conversation.PairHigh == user.Id)
                || (conversation.PairHigh == viewerId && conversation.PairLow == user.Id)));
}
