using AutoMapper;
using CleanMessaging.Application.Attachments;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Lets a message expire earlier than it does already. Only its sender can.</summary>
/// <param name="ExpirationHours">Hours from now, 1 to 8760.</param>
public sealed record ExpireMessageSoonerCommand(UserId UserId, MessageId MessageId, int ExpirationHours) : ICommand<MessageResponse>
{
    /// <summary>A second run counts from a later time, and is rejected because it is not earlier.</summary>
    public bool IsIdempotent => false;
}

internal sealed class ExpireMessageSoonerValidator : AbstractValidator<ExpireMessageSoonerCommand>
{
    public ExpireMessageSoonerValidator() =>
        RuleFor(command => command.ExpirationHours)
            .InclusiveBetween(MessageDraft.ExpirationHoursMin, MessageDraft.ExpirationHoursMax)
            .WithError(MessageErrors.InvalidEarlierExpiration);
}

internal sealed class ExpireMessageSoonerHandler(
    IMessageRepository messages,
    IAttachmentRepository attachments,
    IMessageReader reader,
    IRequestHasher hasher,
    IMapper mapper,
    TimeProvider clock)
    : IRequestHandler<ExpireMessageSoonerCommand, MessageResponse>
{
    public async Task<MessageResponse> Handle(ExpireMessageSoonerCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (message, conversation, _) = await messages.LoadToChangeAsync(command.MessageId, command.UserId, cancellationToken)
            ?? throw new DomainException(MessageErrors.NotFound);
        message.ExpireSooner(conversation, command.UserId, command.ExpirationHours, hasher, now);
        if (message.Attachments is not null)
        {
            foreach (var attachment in await attachments.LoadOfMessageAsync(command.MessageId, cancellationToken))
                attachment.ExpireAt(message.ExpiresAt!.Value);
        }

        return await reader.ReadChangedAsync(message, command.UserId, mapper, now, cancellationToken);
    }
}
