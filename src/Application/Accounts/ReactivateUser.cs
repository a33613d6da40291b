using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Users;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Reactivates a user, who can then log in and receive messages again. Revoked sessions stay revoked. Idempotent.</summary>
public sealed record ReactivateUserCommand(Guid UserId) : ICommand<FoundUser>
{
    public bool IsIdempotent => true;
}

internal sealed class ReactivateUserHandler(IAccountStore accounts, IMapper mapper) : IRequestHandler<ReactivateUserCommand, FoundUser>
{
    public async Task<FoundUser> Handle(ReactivateUserCommand command, CancellationToken cancellationToken) =>
        mapper.Map<FoundUser>(await accounts.ReactivateAsync(command.UserId, cancellationToken));
}
