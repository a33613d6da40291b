using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
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
    IMessageRepository messages,
    IAttachmentRepository attachments,
    MessageChangePolicy policy,
    AttachmentPolicy attachmentPolicy,
    IRequestHasher hasher,
    TimeProvider clock)
    : IRequestHandler<DeleteMessageCommand, Tombstone>
{
    public async Task<Tombstone> Handle(DeleteMessageCommand command, CancellationToken cancellationToken)
    {
        var (message, conversation, viewerIds) = await messages.LoadToDeleteAsync(command.MessageId, command.UserId, cancellationToken)
            ?? throw new DomainException(MessageErrors.NotFound);
        var hasAttachments = message.Attachments is not null;
        var now = clock.GetUtcNow();
        var isDeleted = message.Delete(conversation, command.UserId, viewerIds, policy, hasher, now);
        if (isDeleted && message.Version > 0)
            await messages.EraseVersionsAsync(command.MessageId, cancellationToken);

        if (isDeleted && hasAttachments)
        {
            foreach (var attachment in await attachments.LoadOfMessageAsync(command.MessageId, cancellationToken))
                attachment.Remove(attachmentPolicy, now);
        }

        return Tombstone.Of(message);
    }
}
