using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Pins a conversation for the user, and takes it out of the archive. A user can pin 10 conversations.</summary>
public sealed record PinConversationCommand(UserId UserId, ConversationId ConversationId) : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class PinConversationHandler(IConversationRepository conversations, TimeProvider clock)
    : IRequestHandler<PinConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(PinConversationCommand command, CancellationToken cancellationToken)
    {
        var (conversation, othersPinned) = await conversations.LoadToPinAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.Pin(command.UserId, othersPinned, clock.GetUtcNow());

        return PersonalState.Of(conversation, command.UserId);
    }
}
