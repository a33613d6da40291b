using CleanMessaging.Application.Quotas;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Quotas;

internal sealed class QuotaRepository(MessagingDbContext context) : IQuotaRepository
{
    public async Task<MessageQuota> LoadAsync(Guid userId, CancellationToken cancellationToken) =>
        await context.Quotas
            .FromSql($"SELECT * FROM message_quotas WHERE user_id = {userId} FOR NO KEY UPDATE")
            .SingleOrDefaultAsync(cancellationToken)
        ?? throw new DomainException(UserErrors.NotFound);

    public void Add(MessageQuota quota) => context.Quotas.Add(quota);
}
