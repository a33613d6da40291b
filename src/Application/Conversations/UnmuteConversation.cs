using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Unmutes a conversation for the user.</summary>
public sealed record UnmuteConversationCommand(UserId UserId, ConversationId ConversationId) : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class UnmuteConversationHandler(IConversationRepository conversations)
    : IRequestHandler<UnmuteConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(UnmuteConversationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadForUserAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.Unmute(command.UserId);

        return PersonalState.Of(conversation, command.UserId);
    }
}
