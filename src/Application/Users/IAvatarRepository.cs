using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Users;

/// <summary>Changes which attachment is the avatar of a user.</summary>
public interface IAvatarRepository
{
    /// <summary>Locks and loads a user.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    Task<User> LoadAsync(UserId userId, CancellationToken cancellationToken);

    /// <summary>Sets or removes the avatar of a user that was loaded before, and returns the user.</summary>
    /// <param name="avatarId">Null for none.</param>
    Task<User> SetAsync(UserId userId, AttachmentId? avatarId, CancellationToken cancellationToken);
}
