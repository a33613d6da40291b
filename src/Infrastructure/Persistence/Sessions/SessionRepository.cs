using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Sessions;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Sessions;

internal sealed class SessionRepository(MessagingDbContext context) : ISessions
{
    public Task<Session?> LoadAsync(Guid sessionId, CancellationToken cancellationToken) =>
        context.Sessions
            .FromSql($"SELECT * FROM sessions WHERE id = {sessionId} FOR NO KEY UPDATE")
            .SingleOrDefaultAsync(cancellationToken);

    public void Add(Session session) => context.Sessions.Add(session);
}
