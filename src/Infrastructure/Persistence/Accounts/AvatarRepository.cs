using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence.Accounts;

internal sealed class AvatarRepository(MessagingDbContext context) : IAvatarRepository
{
    public async Task<User> LoadAsync(UserId userId, CancellationToken cancellationToken)
    {
        var account = await context.Accounts
            .FromSql($"SELECT * FROM users WHERE id = {userId.Value} FOR NO KEY UPDATE")
            .SingleOrDefaultAsync(cancellationToken)
            ?? throw new DomainException(UserErrors.NotFound);

        return account.ToUser();
    }

    public async Task<User> SetAsync(UserId userId, AttachmentId? avatarId, CancellationToken cancellationToken)
    {
        // The account that was loaded, without a further statement.
        var account = await context.Accounts.FindAsync([userId.Value], cancellationToken)
            ?? throw new InvalidOperationException("The user was not loaded.");
        account.SetAvatar(avatarId?.Value);

        return account.ToUser();
    }
}
