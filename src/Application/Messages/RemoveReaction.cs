using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Removes the user's reaction to a message. Without a reaction nothing changes.</summary>
public sealed record RemoveReactionCommand(UserId UserId, MessageId MessageId) : ICommand<MessageResponse>
{
    public bool IsIdempotent => true;
}

internal sealed class RemoveReactionHandler(IMessageRepository messages, IMessageReader reader, IMapper mapper, TimeProvider clock)
    : IRequestHandler<RemoveReactionCommand, MessageResponse>
{
    public async Task<MessageResponse> Handle(RemoveReactionCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (message, conversation, _) = await messages.LoadToChangeAsync(command.MessageId, command.UserId, cancellationToken)
            ?? throw new DomainException(MessageErrors.NotFound);
        message.Unreact(conversation, command.UserId, now);

        return await reader.ReadChangedAsync(message, command.UserId, mapper, now, cancellationToken);
    }
}
