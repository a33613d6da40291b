using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Revokes a session: its tokens become invalid and its connections close. Idempotent.</summary>
public sealed record LogOutCommand(Guid SessionId) : ICommand<Unit>
{
    public bool IsIdempotent => true;
}

internal sealed class LogOutHandler(ISessionRepository sessions, TimeProvider clock) : IRequestHandler<LogOutCommand, Unit>
{
    public async Task<Unit> Handle(LogOutCommand command, CancellationToken cancellationToken)
    {
        var session = await sessions.LoadAsync(command.SessionId, cancellationToken);
        session?.Revoke(clock.GetUtcNow());

        return Unit.Value;
    }
}
