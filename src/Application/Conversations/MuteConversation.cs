using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Mutes a conversation for the user. Its messages still count as unread.</summary>
/// <param name="Until">Null to mute it forever.</param>
public sealed record MuteConversationCommand(UserId UserId, ConversationId ConversationId, DateTimeOffset? Until) : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class MuteConversationHandler(IConversationRepository conversations, TimeProvider clock)
    : IRequestHandler<MuteConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(MuteConversationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadForUserAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.Mute(command.UserId, command.Until, clock.GetUtcNow());

        return PersonalState.Of(conversation, command.UserId);
    }
}
