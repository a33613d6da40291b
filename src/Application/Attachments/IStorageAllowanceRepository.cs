using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Attachments;

/// <summary>Loads the storage of users for the commands.</summary>
public interface IStorageAllowanceRepository
{
    /// <summary>Locks and loads a user's storage, and counts what the user stores at an instant.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    Task<StorageToChange> LoadAsync(UserId userId, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>A user's storage, locked for changes.</summary>
/// <param name="Use">What the user stores, counted after the lock.</param>
public sealed record StorageToChange(StorageAllowance Allowance, StorageUse Use);
