using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Deletes a conversation for the user: clears it, and takes it out of every list until the next message.</summary>
/// <param name="ThroughSequence">The newest message that the user saw; a newer one keeps the conversation in the list.</param>
public sealed record DeleteConversationCommand(UserId UserId, ConversationId ConversationId, long ThroughSequence) : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class DeleteConversationValidator : AbstractValidator<DeleteConversationCommand>
{
    public DeleteConversationValidator() =>
        RuleFor(command => command.ThroughSequence).ValidThroughSequence();
}

internal sealed class DeleteConversationHandler(IConversationRepository conversations)
    : IRequestHandler<DeleteConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(DeleteConversationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadForUserAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        var removedHidden = await conversations.RemoveHiddenAsync(
            command.ConversationId, command.UserId, command.ThroughSequence, cancellationToken);
        conversation.DeleteFor(command.UserId, command.ThroughSequence, removedHidden);

        return PersonalState.Of(conversation, command.UserId);
    }
}
