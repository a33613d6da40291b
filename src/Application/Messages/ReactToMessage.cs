using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Sets the user's reaction to a message, in place of an earlier one. Both participants can, also to their own messages.</summary>
/// <param name="Emoji">Exactly one emoji. It is stored as sent.</param>
public sealed record ReactToMessageCommand(UserId UserId, MessageId MessageId, string Emoji) : ICommand<MessageResponse>
{
    public bool IsIdempotent => true;
}

internal sealed class ReactToMessageValidator : AbstractValidator<ReactToMessageCommand>
{
    public ReactToMessageValidator() =>
        RuleFor(command => command.Emoji).Must(text => Emoji.TryParse(text, out _)).WithError(ReactionErrors.InvalidEmoji);
}

internal sealed class ReactToMessageHandler(
    IMessageRepository messages, IMessageReader reader, ReactionPolicy policy, IMapper mapper, TimeProvider clock)
    : IRequestHandler<ReactToMessageCommand, MessageResponse>
{
    public async Task<MessageResponse> Handle(ReactToMessageCommand command, CancellationToken cancellationToken)
    {
        if (!Emoji.TryParse(command.Emoji, out var emoji))
            throw new DomainException(ReactionErrors.InvalidEmoji);

        var now = clock.GetUtcNow();
        var (message, conversation, _) = await messages.LoadToChangeAsync(command.MessageId, command.UserId, cancellationToken)
            ?? throw new DomainException(MessageErrors.NotFound);
        message.React(conversation, command.UserId, emoji, policy, now);

        return await reader.ReadChangedAsync(message, command.UserId, mapper, now, cancellationToken);
    }
}
