using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Flags the oldest 500 messages that have passed their instant: run at every login, bounded so that it neither fails nor slows
/// one. Nobody sees a difference; what is visible is decided by <see cref="Domain.Messages.Message.VisibleAt"/> alone.
/// </summary>
/// <remarks>Outside the unit of work: one short transaction of its own, and the answer is 0 where a command would fail.</remarks>
public sealed record CleanUpExpiredMessagesCommand : IRequest<int>
{
    public const int AtMost = 500;
}

internal sealed class CleanUpExpiredMessagesHandler(IMessageRepository messages, TimeProvider clock) : IRequestHandler<CleanUpExpiredMessagesCommand, int>
{
    public Task<int> Handle(CleanUpExpiredMessagesCommand request, CancellationToken cancellationToken) =>
        messages.FlagExpiredAsync(CleanUpExpiredMessagesCommand.AtMost, clock.GetUtcNow(), cancellationToken);
}
