using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Unpins a conversation for the user.</summary>
public sealed record UnpinConversationCommand(UserId UserId, ConversationId ConversationId) : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class UnpinConversationHandler(IConversationRepository conversations)
    : IRequestHandler<UnpinConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(UnpinConversationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadForUserAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.Unpin(command.UserId);

        return PersonalState.Of(conversation, command.UserId);
    }
}
