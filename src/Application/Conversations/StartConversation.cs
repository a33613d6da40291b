using CleanMessaging.Application.Pipeline;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Wallets;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Users;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Application.Conversations;

/// <summary>Starts the conversation between two users, or returns their existing one.</summary>
/// <param name="PointsCost">
/// The highest price that the caller agrees to pay, in points; null for 0. The server determines the price.
/// </param>
public sealed record StartConversationCommand(UserId UserId, UserId ReceiverId, long? PointsCost) : ICommand<StartedConversation>
{
    public bool IsIdempotent => true;

    public Guid? ConcurrencyKey => UserId;
}

/// <param name="Created">Whether the conversation is new. False if it already existed; then nothing was charged.</param>
public sealed record StartedConversation(ConversationResponse Conversation, bool Created);

/// <summary>The price of starting a conversation, in points, 0 or more.</summary>
public sealed record ConversationPrice(long Points);

internal sealed class StartConversationValidator : AbstractValidator<StartConversationCommand>
{
    public StartConversationValidator() =>
        RuleFor(command => command.PointsCost)
            .GreaterThanOrEqualTo(0)
            .WithError(ConversationErrors.InvalidPointsCost);
}

internal sealed class StartConversationHandler(
    IConversationRepository conversations,
    IWalletRepository wallets,
    IReadDatabase database,
    IConversationReader reader,
    ConversationPrice price,
    TimeProvider clock) : IRequestHandler<StartConversationCommand, StartedConversation>
{
    public async Task<StartedConversation> Handle(StartConversationCommand command, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (initiator, receiver) = await LoadPairAsync(command, cancellationToken);
        // Returns an existing conversation even if the users' roles have changed since.
        if (await conversations.FindIdByPairAsync(initiator.Id, receiver.Id, cancellationToken) is { } existingId)
        {
            var existing = await reader.FindAsync(command.UserId, new ConversationId(existingId), now, cancellationToken)
                ?? throw new InvalidOperationException("A user of the pair is not a participant.");

            return new StartedConversation(existing, Created: false);
        }

        var conversation = Conversation.Start(initiator, receiver, price.Points, command.PointsCost, now);
        if (price.Points > 0)
        {
            var wallet = await wallets.LoadAsync(command.UserId, cancellationToken);
            wallet.Spend(price.Points, now, new ConversationId(conversation.Id));
        }

        conversations.Add(conversation);

        return new StartedConversation(Describe(conversation, initiator, receiver), Created: true);
    }

    private async Task<(User Initiator, User Receiver)> LoadPairAsync(StartConversationCommand command, CancellationToken cancellationToken)
    {
        var users = await database.Users
            .Where(user => user.Id == command.UserId || user.Id == command.ReceiverId)
            .ToListAsync(cancellationToken);

        return (Find(command.UserId), Find(command.ReceiverId));

        User Find(Guid id) => users.Find(user => user.Id == id) ?? throw new DomainException(UserErrors.NotFound);
    }

    /// <summary>Creates the response for a new conversation, in the form that later queries return.</summary>
    private static ConversationResponse Describe(Conversation conversation, User viewer, User other)
    {
        return new ConversationResponse(
            conversation.Id,
            [Participant(conversation.PairLow), Participant(conversation.PairHigh)],
            LastMessage: null,
            UnreadCount: 0,
            conversation.LastSequence,
            conversation.Revision,
            conversation.CreatedAt,
            conversation.DefaultExpirationHours,
            conversation.DefaultExpirationSetBy,
            PersonalState.Of(conversation, new UserId(viewer.Id)));

        ParticipantResponse Participant(Guid id)
        {
            var user = id == viewer.Id ? viewer : other;

            return new ParticipantResponse(
                id, user.DisplayName, user.Role, conversation.LastReadSequenceOf(id), user.DeactivatedAt is not null, user.AvatarId);
        }
    }
}
