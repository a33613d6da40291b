using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Users;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Deactivates a user: revokes all sessions and prevents new ones. The user's messages stay readable, and no one can send messages to the
/// user. Idempotent.
/// </summary>
public sealed record DeactivateUserCommand(UserId AdminId, UserId UserId) : ICommand<FoundUser>
{
    public bool IsIdempotent => true;
}

internal sealed class DeactivateUserHandler(IAccountStore accounts, ISessionRepository sessions, IMapper mapper, TimeProvider clock)
    : IRequestHandler<DeactivateUserCommand, FoundUser>
{
    public async Task<FoundUser> Handle(DeactivateUserCommand command, CancellationToken cancellationToken)
    {
        User.EnsureMayDeactivate(command.AdminId, command.UserId);

        var now = clock.GetUtcNow();
        var user = await accounts.DeactivateAsync(command.UserId, now, cancellationToken);
        foreach (var session in await sessions.LoadActiveAsync(command.UserId, cancellationToken))
            session.Revoke(now);

        return mapper.Map<FoundUser>(user);
    }
}
