using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Clears the messages up to a sequence for the user. The other participant still sees them.</summary>
/// <param name="ThroughSequence">The newest message that the user saw; messages after it stay.</param>
public sealed record ClearConversationCommand(UserId UserId, ConversationId ConversationId, long ThroughSequence) : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class ClearConversationValidator : AbstractValidator<ClearConversationCommand>
{
    public ClearConversationValidator() =>
        RuleFor(command => command.ThroughSequence).ValidThroughSequence();
}

internal sealed class ClearConversationHandler(IConversationRepository conversations)
    : IRequestHandler<ClearConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(ClearConversationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadForUserAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        var removedHidden = await conversations.RemoveHiddenAsync(
            command.ConversationId, command.UserId, command.ThroughSequence, cancellationToken);
        conversation.Clear(command.UserId, command.ThroughSequence, removedHidden);

        return PersonalState.Of(conversation, command.UserId);
    }
}
