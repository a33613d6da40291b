using AutoMapper;
using CleanMessaging.Application.Pipeline;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using FluentValidation;
using MediatR;

namespace CleanMessaging.Application.Messages;

/// <summary>Sends a message. It is free within the daily quota; further messages cost points.</summary>
/// <param name="ExpirationHours">
/// Hours until the message expires, 1 to 8760; null if it never expires, or if the conversation's default applies.
/// </param>
/// <param name="ClientMessageId">Makes the send idempotent: a repetition returns the result of the first send and costs nothing.</param>
/// <param name="MaxPoints">The highest price that the sender agrees to pay, in points; null for any price.</param>
/// <param name="NeverExpires">Whether the message never expires, also in a conversation with a default expiration.</param>
/// <param name="ReplyToSequence">
/// The sequence of the message that this one replies to, 1 to that of the newest message; null if it is not a reply.
/// </param>
/// <param name="AttachmentIds">
/// Up to 10 finished uploads of the sender in this conversation, in the order in which they are shown; null or empty for none.
/// </param>
public sealed record SendMessageCommand(
    UserId SenderId,
    ConversationId ConversationId,
    string Content,
    int? ExpirationHours,
    ClientMessageId? ClientMessageId,
    long? MaxPoints,
    bool NeverExpires = false,
    long? ReplyToSequence = null,
    IReadOnlyList<AttachmentId>? AttachmentIds = null) : ICommand<SentMessage>
{
    public bool IsIdempotent => ClientMessageId is not null;
}

/// <param name="Charge">The price of the message when it was accepted.</param>
/// <param name="Quota">The sender's quota after the send.</param>
/// <param name="Replayed">Whether this repeats the response to an earlier send.</param>
public sealed record SentMessage(MessageResponse Message, ChargeResponse Charge, QuotaStatus Quota, bool Replayed);

/// <param name="Points">The charged points; 0 when the message was free.</param>
public sealed record ChargeResponse(long Points);

internal sealed class SendMessageValidator : AbstractValidator<SendMessageCommand>
{
    public SendMessageValidator()
    {
        RuleFor(command => command.Content).ValidMessageContent(canBeEmpty: command => command.AttachmentIds is { Count: > 0 });
        RuleFor(command => command.ExpirationHours)
            .InclusiveBetween(MessageDraft.ExpirationHoursMin, MessageDraft.ExpirationHoursMax)
            .WithError(MessageErrors.InvalidExpiration);
        RuleFor(command => command.NeverExpires)
            .Equal(false)
            .When(command => command.ExpirationHours is not null)
            .WithError(MessageErrors.ExpirationAmbiguous);
        RuleFor(command => command.MaxPoints)
            .GreaterThanOrEqualTo(0)
            .WithError(QuotaErrors.InvalidMaxPoints);
        RuleFor(command => command.ReplyToSequence)
            .GreaterThanOrEqualTo(MessageDraft.ReplyToSequenceMin)
            .WithError(MessageErrors.ReplyOutOfRange);
        RuleFor(command => command.AttachmentIds)
            .Must(ids => ids is null or { Count: <= MessageAttachments.Max })
            .WithError(MessageErrors.TooManyAttachments);
        RuleFor(command => command.AttachmentIds)
            .Must(ids => ids is null || ids.Distinct().Count() == ids.Count)
            .WithError(MessageErrors.AttachmentRepeated);
    }
}

internal sealed class SendMessageHandler(ISendStore sends, IMapper mapper) : IRequestHandler<SendMessageCommand, SentMessage>
{
    public async Task<SentMessage> Handle(SendMessageCommand command, CancellationToken cancellationToken)
    {
        var draft = new MessageDraft(
            command.SenderId,
            command.Content,
            command.ExpirationHours,
            command.ClientMessageId,
            command.NeverExpires,
            command.ReplyToSequence,
            command.AttachmentIds);
        var sent = await sends.SendAsync(new SendRequest(command.ConversationId, draft, command.MaxPoints), cancellationToken);

        // The message of an earlier send may have expired or been deleted since. Its contents are then no longer returned, erased or not.
        var message = mapper.Map<MessageResponse>(sent.Message);
        var visible = sent.Message.IsVisible(sent.DecidedAt)
            ? message
            : message with { Content = null, Attachments = [], Reactions = ReactionResponse.None, PlayedAt = null };

        return new SentMessage(visible, new ChargeResponse(sent.Message.PointsCharged), sent.Quota, sent.IsReplay);
    }
}
