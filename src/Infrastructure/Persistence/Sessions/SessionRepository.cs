using CleanMessaging.Application.Accounts;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Sessions;

internal sealed class SessionRepository(MessagingDbContext context) : ISessionRepository
{
    public Task<Session?> LoadAsync(Guid sessionId, CancellationToken cancellationToken) =>
        context.Sessions
            .FromSql($"SELECT * FROM sessions WHERE id = {sessionId} FOR NO KEY UPDATE")
            .SingleOrDefaultAsync(cancellationToken);

    public async Task<IReadOnlyList<Session>> LoadActiveAsync(Guid userId, CancellationToken cancellationToken) =>
        await context.Sessions
            .FromSql($"SELECT * FROM sessions WHERE user_id = {userId} AND revoked_at IS NULL FOR NO KEY UPDATE")
            .OrderBy(session => session.Id)
            .ToListAsync(cancellationToken);

    public void Add(Session session) => context.Sessions.Add(session);

    public Task PurgeExpiredAsync(int atMost, DateTimeOffset before, CancellationToken cancellationToken) =>
        context.Database.ExecuteSqlAsync(
            $"""
            DELETE FROM sessions WHERE id IN (
                SELECT id FROM sessions WHERE expires_at < {before.ToStored()} ORDER BY expires_at LIMIT {atMost} FOR UPDATE SKIP LOCKED)
            """,
            cancellationToken);
}
