using CleanMessaging.Domain.Sessions;

namespace CleanMessaging.Application.Accounts;

/// <summary>The sessions as the commands need them.</summary>
public interface ISessionRepository
{
    /// <summary>Locks and loads a session, or null.</summary>
    Task<Session?> LoadAsync(Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Locks and loads every session of a user that nobody has ended yet; the account is locked by the caller before.</summary>
    Task<IReadOnlyList<Session>> LoadActiveAsync(Guid userId, CancellationToken cancellationToken);

    void Add(Session session);

    /// <summary>Removes the oldest sessions that were over before an instant, passing over those that somebody has locked.</summary>
    Task PurgeExpiredAsync(int atMost, DateTimeOffset before, CancellationToken cancellationToken);
}
