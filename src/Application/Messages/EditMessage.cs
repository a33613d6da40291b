using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Replaces the text of a message. Only its sender can, for a limited time. It costs nothing.</summary>
/// <param name="Version">The version that the user saw; the edit is rejected if another edit was faster.</param>
public sealed record EditMessageCommand(UserId UserId, MessageId MessageId, string Content, int Version) : ICommand<EditedMessage>
{
    public bool IsIdempotent => true;
}

/// <param name="Replayed">Whether the edit repeats the latest one, for instance after a lost response. It changed nothing.</param>
public sealed record EditedMessage(MessageResponse Message, bool Replayed);

internal sealed class EditMessageValidator : AbstractValidator<EditMessageCommand>
{
    public EditMessageValidator()
    {
        // Only the message shows whether it has attachments, which need no text.
        RuleFor(command => command.Content).ValidMessageContent(canBeEmpty: _ => true);
        RuleFor(command => command.Version)
            .GreaterThanOrEqualTo(0)
            .WithError(MessageErrors.InvalidVersion);
    }
}

internal sealed class EditMessageHandler(
    IMessageRepository messages,
    IMessageReader reader,
    MessageChangePolicy policy,
    IRequestHasher hasher,
    IMapper mapper,
    TimeProvider clock)
    : IRequestHandler<EditMessageCommand, EditedMessage>
{
    public async Task<EditedMessage> Handle(EditMessageCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (message, conversation, _) = await messages.LoadToChangeAsync(command.MessageId, command.UserId, cancellationToken)
            ?? throw new DomainException(MessageErrors.NotFound);
        var isRepetition = !message.Edit(conversation, command.UserId, command.Content, command.Version, policy, hasher, now)
            && command.Version < message.Version;

        var edited = await reader.ReadChangedAsync(message, command.UserId, mapper, now, cancellationToken);

        return new EditedMessage(edited, isRepetition);
    }
}
