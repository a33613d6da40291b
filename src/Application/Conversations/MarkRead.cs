using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Moves the reader's read pointer forward: up to the newest of the given messages, or to the end of the conversation.</summary>
/// <param name="MessageIds">1 to 500 messages of the conversation; null for all messages.</param>
public sealed record MarkReadCommand(UserId UserId, ConversationId ConversationId, IReadOnlyList<Guid>? MessageIds) : ICommand<MarkedRead>
{
    public const int MessageIdsMax = 500;

    public bool IsIdempotent => true;
}

/// <param name="MessagesMarked">The number of the other participant's visible messages that became read.</param>
/// <param name="LastReadSequence">The new read pointer.</param>
public sealed record MarkedRead(int MessagesMarked, long LastReadSequence);

internal sealed class MarkReadValidator : AbstractValidator<MarkReadCommand>
{
    public MarkReadValidator() =>
        RuleFor(command => command.MessageIds)
            .Must(ids => ids is null or { Count: > 0 and <= MarkReadCommand.MessageIdsMax })
            .WithError(ConversationRequestErrors.MessageIdsOutOfRange);
}

internal sealed class MarkReadHandler(IConversationRepository conversations, TimeProvider clock)
    : IRequestHandler<MarkReadCommand, MarkedRead>
{
    public async Task<MarkedRead> Handle(MarkReadCommand command, CancellationToken cancellationToken)
    {
        var (conversation, target) = await conversations.LoadToMarkReadAsync(
                command.ConversationId, command.UserId, command.MessageIds, clock.GetUtcNow(), cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        if (target is null)
            throw new DomainException(MessageErrors.NotFound);

        // The load may have waited for an earlier mark, whose time is not later than this one.
        var hasMoved = conversation.MarkRead(command.UserId, target.Sequence, clock.GetUtcNow());

        return new MarkedRead(hasMoved ? target.Received : 0, conversation.LastReadSequenceOf(command.UserId));
    }
}
