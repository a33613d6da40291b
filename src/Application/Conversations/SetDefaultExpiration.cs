using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Conversations;

/// <summary>Sets or removes the default expiration of a conversation's later messages. Either participant can.</summary>
/// <param name="ExpirationHours">1 to 8760; null to remove the default.</param>
public sealed record SetDefaultExpirationCommand(UserId UserId, ConversationId ConversationId, int? ExpirationHours)
    : ICommand<ConversationResponse>
{
    public bool IsIdempotent => true;
}

internal sealed class SetDefaultExpirationValidator : AbstractValidator<SetDefaultExpirationCommand>
{
    public SetDefaultExpirationValidator() =>
        RuleFor(command => command.ExpirationHours)
            .InclusiveBetween(Conversation.ExpirationHoursMin, Conversation.ExpirationHoursMax)
            .WithError(ConversationErrors.InvalidExpiration);
}

internal sealed class SetDefaultExpirationHandler(
    IConversationRepository conversations, IConversationReader reader, TimeProvider clock)
    : IRequestHandler<SetDefaultExpirationCommand, ConversationResponse>
{
    public async Task<ConversationResponse> Handle(SetDefaultExpirationCommand command, CancellationToken cancellationToken)
    {
        var conversation = await conversations.LoadToChangeAsync(command.ConversationId, command.UserId, cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);
        conversation.SetDefaultExpiration(command.UserId, command.ExpirationHours);

        // The conversation as it is stored. The lock excludes other changes of its revision.
        var stored = await reader.FindAsync(command.UserId, command.ConversationId, clock.GetUtcNow(), cancellationToken)
            ?? throw new DomainException(ConversationErrors.NotFound);

        return stored with
        {
            Revision = conversation.Revision,
            DefaultExpirationHours = conversation.DefaultExpirationHours,

            // Known only after a change, because the load omits it.
            DefaultExpirationSetBy = conversation.DefaultExpirationSetBy ?? stored.DefaultExpirationSetBy,
        };
    }
}
