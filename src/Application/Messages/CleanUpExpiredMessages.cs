using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Flags the oldest 500 expired messages that are not flagged yet. It runs at every login, is limited in number and time, and never makes
/// the login fail. It has no visible effect: only <see cref="Domain.Messages.MessageVisibility"/> determines visibility.
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
