using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Users;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>
/// Deactivates a user: ends all their sessions, and opens no more. What they wrote stays; no one can write to them. Doing it twice changes
/// nothing more.
/// </summary>
public sealed record DeactivateUserCommand(Guid AdminId, Guid UserId) : ICommand<FoundUser>
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
