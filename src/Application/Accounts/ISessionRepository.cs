using CleanMessaging.Domain.Sessions;

namespace CleanMessaging.Application.Accounts;

/// <summary>Loads and stores sessions for the commands.</summary>
public interface ISessionRepository
{
    /// <summary>Locks and loads a session. Returns null if it does not exist.</summary>
    Task<Session?> LoadAsync(Guid sessionId, CancellationToken cancellationToken);

    /// <summary>Locks and loads all sessions of a user that are not revoked. The caller must lock the account first.</summary>
    Task<IReadOnlyList<Session>> LoadActiveAsync(Guid userId, CancellationToken cancellationToken);

    void Add(Session session);

    /// <summary>Deletes the oldest sessions that expired before an instant. Skips sessions that another transaction has locked.</summary>
    Task PurgeExpiredAsync(int atMost, DateTimeOffset before, CancellationToken cancellationToken);
}
