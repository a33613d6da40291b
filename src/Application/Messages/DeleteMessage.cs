using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>
/// Deletes a message for everyone. Only its sender can, for a limited time, also if the sender has hidden or cleared it. Nothing is
/// refunded.
/// </summary>
public sealed record DeleteMessageCommand(UserId UserId, MessageId MessageId) : ICommand<Tombstone>
{
    public bool IsIdempotent => true;
}

internal sealed class DeleteMessageHandler(
    IMessageRepository messages, MessageChangePolicy policy, IRequestHasher hasher, TimeProvider clock)
    : IRequestHandler<DeleteMessageCommand, Tombstone>
{
    public async Task<Tombstone> Handle(DeleteMessageCommand command, CancellationToken cancellationToken)
    {
        var (message, conversation, viewerIds) = await messages.LoadToDeleteAsync(command.MessageId, command.UserId, cancellationToken)
            ?? throw new DomainException(MessageErrors.NotFound);
        var isDeleted = message.Delete(conversation, command.UserId, viewerIds, policy, hasher, clock.GetUtcNow());
        if (isDeleted && message.Version > 0)
            await messages.EraseVersionsAsync(command.MessageId, cancellationToken);

        return Tombstone.Of(message);
    }
}
