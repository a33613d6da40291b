using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Records that a user has played a voice message. The first time of its receiver counts.</summary>
public sealed record MarkPlayedCommand(UserId UserId, ConversationId ConversationId, MessageId MessageId) : ICommand<MarkedPlayed>
{
    public bool IsIdempotent => true;
}

/// <param name="PlayedAt">When the receiver first played the message; null if the caller is the sender and it was not played yet.</param>
public sealed record MarkedPlayed(DateTimeOffset? PlayedAt);

internal sealed class MarkPlayedHandler(IMessageRepository messages, TimeProvider clock) : IRequestHandler<MarkPlayedCommand, MarkedPlayed>
{
    public async Task<MarkedPlayed> Handle(MarkPlayedCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (message, conversation, _) = await messages.LoadToChangeAsync(command.MessageId, command.UserId, cancellationToken)
            ?? throw new DomainException(MessageErrors.NotFound);
        if (conversation.Id != command.ConversationId)
            throw new DomainException(MessageErrors.NotFound);

        message.MarkPlayed(conversation, command.UserId, now);

        return new MarkedPlayed(message.PlayedAt);
    }
}
