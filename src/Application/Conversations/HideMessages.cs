using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Hides messages for the user, sent and received ones. The other participant still sees them.</summary>
/// <param name="MessageIds">1 to 100 messages of the conversation.</param>
public sealed record HideMessagesCommand(UserId UserId, ConversationId ConversationId, IReadOnlyList<Guid> MessageIds)
    : ICommand<HiddenMessages>
{
    public const int MessageIdsMax = 100;

    public bool IsIdempotent => true;
}

/// <param name="Hidden">The number of messages that became hidden; 0 for a repetition.</param>
/// <param name="PersonalRevision">The user's personal revision of the conversation.</param>
public sealed record HiddenMessages(int Hidden, long PersonalRevision);

internal sealed class HideMessagesValidator : AbstractValidator<HideMessagesCommand>
{
    public HideMessagesValidator() =>
        RuleFor(command => command.MessageIds)
            .Must(ids => ids.Count is > 0 and <= HideMessagesCommand.MessageIdsMax)
            .WithError(ConversationRequestErrors.HiddenIdsOutOfRange);
}

internal sealed class HideMessagesHandler(IConversationRepository conversations) : IRequestHandler<HideMessagesCommand, HiddenMessages>
{
    public async Task<HiddenMessages> Handle(HideMessagesCommand command, CancellationToken cancellationToken)
    {
        var (conversation, sequences) = await conversations.LoadToHideAsync(
                command.ConversationId, command.UserId, command.MessageIds, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        if (sequences is null)
            throw new DomainException(MessageErrors.NotFound);

        conversation.Hide(command.UserId, sequences);

        return new HiddenMessages(sequences.Count, conversation.ParticipantOf(command.UserId).PersonalRevision);
    }
}
