using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Users;

/// <summary>Lists and finds users, ordered by display name and id. A page reads about as many users as it has, however many there are.</summary>
public interface IUserDirectory
{
    Task<IReadOnlyList<FoundUser>> ListAsync(UserPlace place, CancellationToken cancellationToken);

    /// <summary>The users that a term matches. Bounded in number and in time, because it costs more than any other read.</summary>
    /// <param name="callerId">The user who searches, for the log.</param>
    /// <param name="term">In folded form (<see cref="UserSearchText.TermOf"/>).</param>
    Task<IReadOnlyList<FoundUser>> SearchAsync(Guid callerId, string term, UserPlace place, CancellationToken cancellationToken);
}

/// <param name="OfRole">The role that is looked for, without deactivated users; null for every user. A search looks at names, for every user at e-mail addresses too.</param>
/// <param name="After">The last user of the page before; null for the first page.</param>
public sealed record UserPlace(UserRole? OfRole, Cursor? After, int AtMost);
