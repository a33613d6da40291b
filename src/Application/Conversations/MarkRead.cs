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

internal sealed class MarkReadHandler(IConversationRepository conversations, IConversationReader reader, TimeProvider clock)
    : IRequestHandler<MarkReadCommand, MarkedRead>
{
    public async Task<MarkedRead> Handle(MarkReadCommand command, CancellationToken cancellationToken)
    {
        var (conversation, newest) = await conversations.LoadToMarkReadAsync(
                command.ConversationId, command.UserId, command.MessageIds ?? [], cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        var before = conversation.LastReadSequenceOf(command.UserId);
        var target = command.MessageIds is null
            ? conversation.LastSequence
            : newest ?? throw new DomainException(MessageErrors.NotFound);
        var now = clock.GetUtcNow();

        if (!conversation.MarkRead(command.UserId, target, now))
            return new MarkedRead(0, before);

        var after = conversation.LastReadSequenceOf(command.UserId);
        var cleared = conversation.ParticipantOf(command.UserId).ClearedThrough;
        var marked = await reader.CountReceivedAsync(
            command.UserId, command.ConversationId, now, Math.Max(before, cleared), after, cancellationToken);

        return new MarkedRead(marked, after);
    }
}
