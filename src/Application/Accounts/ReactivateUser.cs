using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Users;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Lets a deactivated user log in again, and others write to them. Sessions that have ended stay ended; doing it twice changes nothing more.</summary>
public sealed record ReactivateUserCommand(Guid UserId) : ICommand<FoundUser>
{
    public bool IsIdempotent => true;
}

internal sealed class ReactivateUserHandler(IAccountStore accounts, IMapper mapper) : IRequestHandler<ReactivateUserCommand, FoundUser>
{
    public async Task<FoundUser> Handle(ReactivateUserCommand command, CancellationToken cancellationToken) =>
        mapper.Map<FoundUser>(await accounts.ReactivateAsync(command.UserId, cancellationToken));
}
