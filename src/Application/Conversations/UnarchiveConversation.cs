using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Moves a conversation from the user's archive back to the inbox.</summary>
public sealed record UnarchiveConversationCommand(UserId UserId, ConversationId ConversationId) : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class UnarchiveConversationHandler(IConversationRepository conversations)
    : IRequestHandler<UnarchiveConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(UnarchiveConversationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadForUserAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.Unarchive(command.UserId);

        return PersonalState.Of(conversation, command.UserId);
    }
}
