using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Users;

/// <summary>
/// Lists and finds users, ordered by display name and id. A page reads about as many rows as it returns, independent of the number of
/// users.
/// </summary>
public interface IUserDirectory
{
    Task<IReadOnlyList<FoundUser>> ListAsync(UserPlace place, CancellationToken cancellationToken);

    /// <summary>
    /// Finds the users that match a term. Concurrency and time are limited, because a search costs more than any other read.
    /// </summary>
    /// <param name="callerId">The user who searches, for the log.</param>
    /// <param name="term">The term in folded form (<see cref="UserSearchText.TermOf"/>).</param>
    Task<IReadOnlyList<FoundUser>> SearchAsync(Guid callerId, string term, UserPlace place, CancellationToken cancellationToken);
}

/// <param name="OfRole">
/// The role to find, without deactivated users; null for all users. A search for one role matches names; a search for all users also
/// matches e-mail addresses.
/// </param>
/// <param name="After">The last user of the previous page; null for the first page.</param>
public sealed record UserPlace(UserRole? OfRole, Cursor? After, int AtMost);
