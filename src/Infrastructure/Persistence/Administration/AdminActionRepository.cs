using CleanMessaging.Application.Administration;
using CleanMessaging.Domain.Administration;

namespace CleanMessaging.Infrastructure.Persistence.Administration;

internal sealed class AdminActionRepository(MessagingDbContext context) : IAdminActionRepository
{
    public void Add(AdminAction action) => context.AdminActions.Add(action);
}
