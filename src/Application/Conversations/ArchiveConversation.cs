using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Moves a conversation to the user's archive. The next message moves it back, unless it is archived forever.</summary>
/// <param name="ThroughSequence">The newest message that the user saw. A newer one keeps the conversation out of the archive.</param>
public sealed record ArchiveConversationCommand(UserId UserId, ConversationId ConversationId, long ThroughSequence, bool Forever)
    : ICommand<PersonalState>
{
    public bool IsIdempotent => true;
}

internal sealed class ArchiveConversationValidator : AbstractValidator<ArchiveConversationCommand>
{
    public ArchiveConversationValidator() =>
        RuleFor(command => command.ThroughSequence).ValidThroughSequence();
}

internal sealed class ArchiveConversationHandler(IConversationRepository conversations)
    : IRequestHandler<ArchiveConversationCommand, PersonalState>
{
    public async Task<PersonalState> Handle(ArchiveConversationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadForUserAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.Archive(command.UserId, command.ThroughSequence, command.Forever);

        return PersonalState.Of(conversation, command.UserId);
    }
}
