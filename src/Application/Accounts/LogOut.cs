using CleanMessaging.Application.Pipeline;
using MediatR;

namespace CleanMessaging.Application.Accounts;

/// <summary>Ends a session: its tokens no longer hold, its connections close. Ending it twice is no error.</summary>
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
