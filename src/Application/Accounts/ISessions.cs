using CleanMessaging.Domain.Sessions;

namespace CleanMessaging.Application.Accounts;

/// <summary>The sessions as the commands need them.</summary>
public interface ISessions
{
    /// <summary>Locks and loads a session, or null.</summary>
    Task<Session?> LoadAsync(Guid sessionId, CancellationToken cancellationToken);

    void Add(Session session);
}
