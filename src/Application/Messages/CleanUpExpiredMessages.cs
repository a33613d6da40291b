using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Flags the oldest 500 expired messages that are not flagged yet (<see cref="Domain.Messages.Message.IsExpired"/>), and erases their
/// contents if the <see cref="Domain.Retention.RetentionPolicy"/> says so. It runs whenever a user gets tokens: after a registration, a
/// login, a refresh and a change of the password. It is limited in number and time, and never makes these fail. Only
/// <see cref="Domain.Messages.MessageVisibility"/> determines what is visible.
/// </summary>
/// <remarks>Runs in one short transaction of its own, outside the unit of work. Returns 0 where a command would fail.</remarks>
public sealed record CleanUpExpiredMessagesCommand : IRequest<int>
{
    public const int AtMost = 500;
}

internal sealed class CleanUpExpiredMessagesHandler(IMessageRepository messages, TimeProvider clock)
    : IRequestHandler<CleanUpExpiredMessagesCommand, int>
{
    public Task<int> Handle(CleanUpExpiredMessagesCommand request, CancellationToken cancellationToken) =>
        messages.FlagExpiredAsync(CleanUpExpiredMessagesCommand.AtMost, clock.GetUtcNow(), cancellationToken);
}
